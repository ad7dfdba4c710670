-- What needs a person is asked often: without this, the payload of every mail there ever was is read each time.
CREATE INDEX outbox_refused_idx ON outbox (id)
    WHERE kind = 'mail' AND state = 'sent' AND payload ? 'refused' AND NOT payload ? 'refusal_settled';
