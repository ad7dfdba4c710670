-- Named filters of the console's lists: each person's own, and those that are shared.

CREATE TABLE saved_views (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    -- A shared view outlives its owner; an own one goes with the next clean-up.
    owner_id    uuid        REFERENCES users (id) ON DELETE SET NULL,
    owner       text        NOT NULL,
    screen      text        NOT NULL,
    name        text        NOT NULL,
    search      jsonb       NOT NULL,
    shared      boolean     NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    -- Set by a delete, so that it can be taken back for a while.
    deleted_at  timestamptz,
    version     bigint      NOT NULL DEFAULT 1,
    CONSTRAINT saved_views_search_check CHECK (jsonb_typeof(search) = 'object')
);
CREATE UNIQUE INDEX saved_views_name_key ON saved_views (owner_id, screen, lower(name)) WHERE deleted_at IS NULL;
CREATE INDEX saved_views_screen_idx ON saved_views (screen) WHERE deleted_at IS NULL;

-- What a screen opens with, for each person.
CREATE TABLE default_views (
    user_id  uuid  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    screen   text  NOT NULL,
    view_id  uuid  NOT NULL REFERENCES saved_views (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, screen)
);
CREATE INDEX default_views_view_id_idx ON default_views (view_id);
