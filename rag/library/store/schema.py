"""The tables of a catalogue, and those of conversations, which are made when the first turn is saved: libraries from
before lack them.
"""

SCHEMA_VERSION = 2
"""Libraries of earlier layouts are brought to this one in :mod:`rag.library.store.migrations`."""
SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE papers (
    seq INTEGER PRIMARY KEY, paper_id TEXT NOT NULL UNIQUE, title_key TEXT NOT NULL, title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    authors TEXT NOT NULL, year INTEGER, venue TEXT, url TEXT, doi TEXT, arxiv_id TEXT, pmid TEXT, source TEXT NOT NULL,
    digest TEXT NOT NULL, details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX papers_by_title ON papers (title_key);
CREATE INDEX papers_by_doi ON papers (doi COLLATE NOCASE) WHERE doi IS NOT NULL;
CREATE INDEX papers_by_arxiv_id ON papers (arxiv_id) WHERE arxiv_id IS NOT NULL;
CREATE INDEX papers_by_pmid ON papers (pmid) WHERE pmid IS NOT NULL;
CREATE TABLE sentences (
    paper INTEGER NOT NULL REFERENCES papers (seq) ON DELETE CASCADE, number INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL,
    PRIMARY KEY (paper, number)
) WITHOUT ROWID;
CREATE TABLE chunks (
    id TEXT PRIMARY KEY, paper INTEGER NOT NULL REFERENCES papers (seq) ON DELETE CASCADE, first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    vector BLOB, word_sentences BLOB, words BLOB, in_index INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX chunks_by_paper ON chunks (paper);
CREATE INDEX chunks_without_vector ON chunks (id) WHERE vector IS NULL;
CREATE INDEX chunks_to_index ON chunks (id) WHERE in_index = 0;
CREATE TABLE dropped (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE papers_text USING fts5 (
    title, abstract, content='papers', content_rowid='seq', tokenize='porter unicode61');
CREATE TRIGGER text_added AFTER INSERT ON papers BEGIN
    INSERT INTO papers_text (rowid, title, abstract) VALUES (new.seq, new.title, new.abstract);
END;
CREATE TRIGGER text_removed AFTER DELETE ON papers BEGIN
    INSERT INTO papers_text (papers_text, rowid, title, abstract) VALUES ('delete', old.seq, old.title, old.abstract);
END;
CREATE TRIGGER text_changed AFTER UPDATE OF title, abstract ON papers BEGIN
    INSERT INTO papers_text (papers_text, rowid, title, abstract) VALUES ('delete', old.seq, old.title, old.abstract);
    INSERT INTO papers_text (rowid, title, abstract) VALUES (new.seq, new.title, new.abstract);
END;
CREATE TRIGGER chunk_removed AFTER DELETE ON chunks WHEN old.in_index = 1 BEGIN
    INSERT OR IGNORE INTO dropped (id) VALUES (old.id);
END;
"""
CONVERSATIONS = (
    """CREATE TABLE IF NOT EXISTS conversations (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, renamed INTEGER NOT NULL DEFAULT 0, changed TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS turns (
        conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, number INTEGER NOT NULL,
        asked TEXT NOT NULL, answer TEXT NOT NULL,
        PRIMARY KEY (conversation, number)
    )""",
    """CREATE TABLE IF NOT EXISTS ratings (
        conversation TEXT NOT NULL, turn INTEGER NOT NULL, liked INTEGER NOT NULL, comment TEXT NOT NULL,
        rated TEXT NOT NULL,
        PRIMARY KEY (conversation, turn),
        FOREIGN KEY (conversation, turn) REFERENCES turns (conversation, number) ON DELETE CASCADE
    ) WITHOUT ROWID""",
)
CELLS = """CREATE TABLE IF NOT EXISTS cells (
    paper TEXT NOT NULL, question TEXT NOT NULL, reader TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL,
    status TEXT NOT NULL, state TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, phrase TEXT NOT NULL,
    model TEXT NOT NULL,
    PRIMARY KEY (paper, question, reader)
) WITHOUT ROWID"""
"""Cells of evidence tables; made when the first is kept."""
