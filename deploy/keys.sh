#!/bin/sh
# Makes the signing key for the gateway and the public key set for the services, once. Each volume holds only what its
# readers may know; uid 10001 is the user of the images.
set -eu
if [ ! -s /keys/gateway/signing-key.json ]; then
  portico-admin make-keys /tmp/made
  cp /tmp/made/identity-keys.json /keys/services/identity-keys.json
  cp /tmp/made/signing-key.json /keys/gateway/signing-key.json
fi
chown 10001 /keys/gateway/signing-key.json /keys/services/identity-keys.json
chmod 400 /keys/gateway/signing-key.json
chmod 444 /keys/services/identity-keys.json
