"""`python -m services.asanito {api | worker | migrate | openapi}`."""

from __future__ import annotations

import sys

from common.process import run_process
from services.asanito.main import SERVICE

if __name__ == "__main__":
    sys.exit(run_process(SERVICE))
