package dev.lookback.handover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.seal.FlawException;
import dev.lookback.seal.KeyFiles;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LetterTest {
    @TempDir
    private Path folder;

    private byte[] manifest(SampleExtract extract) throws IOException {
        return extract.writeRecords(folder);
    }

    private static byte[] letter(byte[] manifest) throws FlawException {
        return Letter.of(Manifest.fromBytes(manifest), manifest);
    }

    /** All of it, with a space where a line or page ends. */
    private static String text(byte[] letter) throws IOException {
        try (PDDocument document = Loader.loadPDF(letter)) {
            return new PDFTextStripper().getText(document).replaceAll("\\s+", " ");
        }
    }

    private static Manifest.Instrument from(String authority) {
        return new Manifest.Instrument("SUBPOENA", "r/1", authority, "Example", null, null, null);
    }

    @Test
    void saysWhatMattersAndCountsItsPages() throws IOException, FlawException {
        byte[] manifest = manifest(SampleExtract.of(1234)
                .narrowed(new Manifest.Narrowing("lookups since 2019", "WINDOW_TOO_LONG"))
                .showing(new Manifest.Disclosed(false, true, true, false)));
        Manifest read = Manifest.fromBytes(manifest);
        String text = text(letter(manifest));

        assertThat(text)
                .contains(
                        "court order example 12/26 of Example District Court",
                        "2026-03-01 12:00:00.000 up to, and not including, 2026-03-02 12:00:00.000",
                        "0151 12345678 (number of DE)",
                        SampleExtract.ALICE,
                        "lookups since 2019 window too long",
                        "found 1,234",
                        "Location withheld",
                        "A lookup does not show that anyone communicated with anyone",
                        "Request received submitted by a.intake",
                        "Approved by b.approver",
                        KeyFiles.keyId(SampleExtract.KEY.getPublic()),
                        Sha256.hex(manifest),
                        read.merkleRoot(),
                        "Certification of records",
                        "Page 1 of 3",
                        "Page 3 of 3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Landgericht Köln, Đặng Østergård",
                "Μονομελές Πρωτοδικείο",
                "Районный суд",
                "東京地方裁判所",
                "서울중앙지방법원",
                "最高人民法院",
                "ศาลอาญา",
                "தமிழ்",
                "दिल्ली",
                "ঢাকা",
                "სასამართლო",
                "Դատարան",
            })
    void textOfAnyScriptCanBeCopied(String authority) throws IOException, FlawException {
        String text = text(letter(manifest(SampleExtract.of(1).under(from(authority)))));
        assertThat(Normalizer.normalize(text, Normalizer.Form.NFC))
                .contains("of " + Normalizer.normalize(authority, Normalizer.Form.NFC));
    }

    @Test
    void rightToLeftTextCanBeCopied() throws IOException, FlawException {
        assertThat(text(letter(manifest(SampleExtract.of(1).under(from("בית המשפט"))))))
                .contains("בית המשפט");
        assertThat(text(letter(manifest(SampleExtract.of(1).under(from("محكمة دبي"))))))
                .contains("محكمة", "دبي");
    }

    @Test
    void nothingIsDroppedAndNothingDeceives() throws IOException, FlawException {
        String text = text(letter(manifest(
                SampleExtract.of(1).under(from("a\u202eb\u0000c\nd\u200be\ud83d\ude00f\u1000g\u00adh\ufefft")))));
        assertThat(text).contains("a<U+202E>b<U+0000>c<U+000A>d<U+200B>e<U+1F600>f<U+1000>g<U+00AD>h<U+FEFF>t");
    }

    @Test
    void longTextIsBrokenAndKept() throws IOException, FlawException {
        String text = text(letter(manifest(SampleExtract.of(1)
                .under(from("x".repeat(3000)))
                .narrowed(new Manifest.Narrowing("word ".repeat(4000) + "end", "R")))));
        assertThat(text.replace(" ", "")).contains("x".repeat(1000)).contains("wordend");
        assertThat(text).contains("Page 1 of ");
    }

    @Test
    void theSameManifestGivesTheSameBytes() throws IOException, FlawException {
        byte[] manifest = manifest(SampleExtract.of(5).under(from("Суд, 法院, בית")));
        assertThat(letter(manifest)).isEqualTo(letter(manifest));
    }

    /** A deflater may give other bytes on another machine; then its folder would not verify there. */
    @Test
    void nothingIsCompressed() throws IOException, FlawException {
        assertThat(new String(letter(manifest(SampleExtract.of(5))), StandardCharsets.ISO_8859_1))
                .startsWith("%PDF-1.")
                .doesNotContain("/FlateDecode", "/ObjStm");
    }

    /** Changes with the letter's form, the fonts and PDFBox. Whoever changes it makes earlier folders' letters differ. */
    @Test
    void bytesAreThoseOfBefore() throws IOException, FlawException {
        assertThat(Sha256.hex(letter(manifest(SampleExtract.of(5).under(from("Суд, 法院, בית"))))))
                .isEqualTo("04bc8b5b4a9bf0596d609a88f39e170b00b217fa750a71fc8734316d264691aa");
    }
}
