package dev.lookback.handover;

import java.nio.file.Path;

/** The files of a folder that is handed over, in the order in which people open them. */
public enum FolderFile {
    /** The letter to the authority; derived from the manifest. */
    LETTER("letter.pdf"),
    /** The records for spreadsheets; derived from {@link #RECORDS}. */
    CSV("records.csv"),
    /** The records: all parts, one after the other, as they were sealed. */
    RECORDS("records.jsonl"),
    /** What the extract says of itself. */
    MANIFEST("manifest.json"),
    /** The seal: Ed25519 over the manifest's bytes. */
    SIGNATURE("manifest.sig"),
    /** The sealing key's public half; may be missing. */
    KEY("key.pem"),
    /** How to check it without Lookback; derived from the manifest. */
    VERIFY("VERIFY.md"),
    /** SHA-256 of every other file. */
    SUMS("SHA256SUMS");

    private final String fileName;

    FolderFile(String fileName) {
        this.fileName = fileName;
    }

    /** The file's name. */
    public String fileName() {
        return fileName;
    }

    /** Where it lies in a folder. */
    public Path in(Path folder) {
        return folder.resolve(fileName);
    }
}
