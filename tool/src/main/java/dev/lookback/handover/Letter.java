package dev.lookback.handover;

import static java.util.Objects.requireNonNullElse;

import dev.lookback.seal.FlawException;
import dev.lookback.seal.Manifest;
import dev.lookback.seal.Sha256;
import dev.lookback.v1.SelectorRole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.EnumSet;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentInformation;
import org.apache.pdfbox.pdmodel.interactive.viewerpreferences.PDViewerPreferences;
import org.jspecify.annotations.Nullable;

/** The letter that goes with the records: a manifest as a lawyer reads it, and a draft for whoever has to certify it. */
final class Letter {
    private static final float PDF_VERSION = 1.7f;
    private static final String NONE = "none";
    private static final String NOT_STATED = "not stated";

    private final Manifest manifest;
    private final String manifestSha256;
    private final LetterPages pages;

    private Letter(Manifest manifest, String manifestSha256, LetterPages pages) {
        this.manifest = manifest;
        this.manifestSha256 = manifestSha256;
        this.pages = pages;
    }

    /** The letter's bytes: the same manifest always gives the same. */
    static byte[] of(Manifest manifest, byte[] manifestBytes) throws FlawException {
        byte[] digest = Sha256.of(manifestBytes);
        try (PDDocument document = new PDDocument()) {
            document.setVersion(PDF_VERSION);
            document.setDocumentId(ByteBuffer.wrap(digest).getLong());
            describe(document, manifest);
            LetterPages pages = new LetterPages(new LetterFonts(document));
            new Letter(manifest, Sha256.hex(manifestBytes), pages).write();
            pages.draw(document, "Request " + manifest.requestId());
            return PlainPdf.of(document);
        } catch (IOException e) {
            throw new AssertionError("Writing a letter to memory does not fail", e);
        }
    }

    private static void describe(PDDocument document, Manifest manifest) throws FlawException {
        Calendar sealedAt = new GregorianCalendar(java.util.TimeZone.getTimeZone(ZoneOffset.UTC), Locale.ROOT);
        try {
            sealedAt.setTimeInMillis(
                    Instant.parse(manifest.chronology().sealedAt()).toEpochMilli());
        } catch (DateTimeException | ArithmeticException e) {
            throw new FlawException("An instant in the manifest cannot be read");
        }
        PDDocumentInformation information = new PDDocumentInformation();
        information.setTitle("Disclosure of lookup records, request " + manifest.requestId());
        information.setCreator(manifest.software());
        information.setCreationDate(sealedAt);
        information.setModificationDate(sealedAt);
        document.setDocumentInformation(information);
        document.getDocumentCatalog().setLanguage("en");
        PDViewerPreferences preferences = new PDViewerPreferences(new org.apache.pdfbox.cos.COSDictionary());
        preferences.setDisplayDocTitle(true);
        document.getDocumentCatalog().setViewerPreferences(preferences);
    }

    private void write() {
        summary();
        scope();
        outcomes();
        shown();
        standing();
        limits();
        chronology();
        provenance();
        seal();
        certification();
    }

    private void summary() {
        Manifest.Instrument instrument = manifest.instrument();
        Manifest.Totals totals = manifest.totals();
        pages.title(
                "Disclosure of lookup records",
                "In answer to " + words(instrument.type()) + " " + instrument.reference() + " of "
                        + instrument.authority());
        pages.paragraph(
                totals.lookups() == 0
                        ? "No record in scope was retained when the request was received. What was searched, and what had been"
                                + " forgotten by then, is stated below."
                        : "This letter goes with " + count(totals.lookups(), "record")
                                + " of lookups, in the file records.csv"
                                + " and, with the very bytes that are under seal, in records.jsonl. It says what was asked, what"
                                + " was searched, what the records hold, and what they do not show.");
        pages.heading("The request");
        pages.fact("Instrument", words(instrument.type()));
        pages.fact("Reference", instrument.reference());
        pages.fact("Issued by", instrument.authority());
        pages.fact("Jurisdiction", instrument.jurisdiction());
        pages.fact("Issued on", requireNonNullElse(instrument.issuedOn(), NOT_STATED));
        pages.fact("Served on", requireNonNullElse(instrument.servedOn(), NOT_STATED));
        pages.fact(
                "Scanned paper",
                instrument.documentSha256() == null
                        ? "not on file when this was sealed"
                        : "SHA-256 " + instrument.documentSha256());
        pages.fact("Request id", manifest.requestId());
        pages.fact("Records", grouped(totals.lookups()));
    }

    private void scope() {
        Manifest.Scope scope = manifest.scope();
        pages.heading("Scope: as served and as applied");
        pages.fact("Time as served (UTC)", span(scope.servedWindow()));
        pages.fact("Time as searched", span(scope.window()));
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < Math.max(scope.served().size(), scope.applied().size()); i++) {
            Manifest.Served served = i < scope.served().size() ? scope.served().get(i) : null;
            Manifest.Applied applied =
                    i < scope.applied().size() ? scope.applied().get(i) : null;
            rows.add(List.of(
                    number(i),
                    served == null
                            ? ""
                            : served.handle() + (served.region() == null ? "" : " (number of " + served.region() + ")"),
                    served == null ? "" : words(served.role()),
                    applied == null ? "" : applied.handle(),
                    applied == null ? "" : words(applied.role())));
        }
        pages.table(
                List.of("No.", "As served", "looked for as", "As searched for", "looked for as"),
                List.of(0.06, 0.28, 0.19, 0.28, 0.19),
                rows);
        if (scope.narrowings().isEmpty()) {
            pages.paragraph("Nothing that the paper asks for was narrowed or left out.");
        } else {
            pages.paragraph("The paper asks for the following, which was not searched, or only in part:");
            pages.table(
                    List.of("What", "Why"),
                    List.of(0.7, 0.3),
                    scope.narrowings().stream()
                            .map(each -> List.of(each.what(), words(each.reason())))
                            .toList());
        }
    }

    private void outcomes() {
        pages.heading("Outcomes");
        pages.table(
                List.of("No.", "Outcome", "Records", "Left out", "Complete from", "to", "Forgotten up to"),
                List.of(0.06, 0.2, 0.09, 0.09, 0.19, 0.19, 0.18),
                manifest.outcomes().stream()
                        .map(each -> List.of(
                                number(each.selector()),
                                words(each.outcome()) + (each.overtaken() ? " (overtaken)" : ""),
                                grouped(each.lookups()),
                                grouped(each.capped()),
                                at(each.coverage().from()),
                                at(each.coverage().to()),
                                at(each.coverage().horizon())))
                        .toList());
        Set<Manifest.Outcome> seen = manifest.outcomes().stream()
                .map(Manifest.SelectorOutcome::outcome)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Manifest.Outcome.class)));
        seen.forEach(each -> pages.item("•", words(each) + ": " + meaning(each)));
        if (manifest.outcomes().stream().anyMatch(Manifest.SelectorOutcome::overtaken)) {
            pages.item(
                    "•",
                    "Overtaken: lookups were forgotten on their day while the search still ran, so some that were"
                            + " retained when the request was received may be missing.");
        }
        pages.paragraph("Lookups that occurred at or before “forgotten up to” had been forgotten, as for everyone, when"
                + " the request was received. All times are UTC.");
    }

    private static String meaning(Manifest.Outcome outcome) {
        return switch (outcome) {
            case FOUND -> "records are here, and none in the time searched can have been forgotten.";
            case NO_RECORDS -> "all of the time searched was retained, and there is no record.";
            case EXPIRED_BEFORE_RECEIPT -> "all of the time searched had been forgotten when the request was received.";
            case PARTLY_EXPIRED ->
                "a part of the time searched had been forgotten. For the rest, the records are complete.";
            case CAPPED ->
                "there are more records than the disclosure policy allows for such a search. The first ones in time are"
                        + " here; how many were left out is stated.";
        };
    }

    private void shown() {
        Manifest.Disclosed disclosed = manifest.disclosed();
        pages.heading("What the records show, and what is withheld");
        pages.fact("Location", disclosed.location() ? "shown: an estimate of where the network is" : "withheld");
        pages.fact("Device id", disclosed.device() ? "shown" : "withheld");
        pages.fact("Source address, port", disclosed.sourceAddress() ? "shown" : "withheld");
        pages.fact("Other requesters", others(disclosed));
        Manifest.Totals totals = manifest.totals();
        pages.heading("Totals");
        pages.fact(
                "Records",
                grouped(totals.lookups()) + " in " + count(totals.parts(), "part") + ", " + grouped(totals.bytes())
                        + " bytes");
        pages.fact("Left out by the policy", grouped(totals.capped()));
        pages.fact(
                "Excluded",
                grouped(totals.excluded())
                        + (totals.excluded() == 0
                                ? ""
                                : ": copied aside for this request, but not in its scope when checked again"));
        pages.fact(
                "Unreadable",
                grouped(totals.unreadable())
                        + (totals.unreadable() == 0 ? "" : ": copied aside for this request, but could not be read"));
    }

    private String others(Manifest.Disclosed disclosed) {
        if (!disclosed.othersPseudonymised()) {
            return "shown as they are";
        }
        boolean addressesAsked =
                manifest.scope().applied().stream().anyMatch(each -> each.role() == SelectorRole.SOURCE);
        return "shown by pseudonyms, unless the request names them as requesters. A pseudonym means the same person"
                + " throughout these records, and another in any other extract. "
                + (addressesAsked
                        ? "Their device id is withheld; their source address is shown, because the request asks about"
                                + " addresses."
                        : "Their device id and source address are withheld.");
    }

    private void standing() {
        Manifest.Standing standing = manifest.standing();
        if (standing == null) {
            return;
        }
        pages.heading("How it was collected over time");
        pages.fact("Searches", "each selector was searched for " + count(standing.rounds(), "time"));
        pages.fact("First, last", at(standing.firstAt()) + ", " + at(standing.lastAt()));
        if (standing.gaps().isEmpty()) {
            pages.fact("Gaps", NONE);
        }
        standing.gaps()
                .forEach(each -> pages.fact(
                        "Gap", span(each) + ": may lack records, which were forgotten between two searches"));
        Manifest.Previous previous = standing.previous();
        if (previous == null) {
            pages.fact("Continues", "no earlier extract");
        } else {
            pages.fact("Continues", "request " + previous.requestId() + ", which covers " + span(previous.window()));
            pages.fact("Its manifest", "SHA-256 " + previous.manifestSha256());
            pages.fact(
                    "How they join",
                    switch (previous.relation()) {
                        case CONTINUOUS -> "this one begins where that one ends";
                        case GAP -> "there is time between the two that is in neither";
                        case OVERLAP -> "some time is in both, and records of it may be, too";
                    });
        }
    }

    private void limits() {
        pages.heading("What the records show, and what they do not prove");
        manifest.statement().forEach(each -> pages.item("•", each));
    }

    private void chronology() {
        Manifest.Chronology chronology = manifest.chronology();
        pages.heading("Who did what, and when");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(at(chronology.receivedAt()), "Request received", "submitted by " + chronology.submittedBy()));
        if (chronology.correctedAt() != null) {
            rows.add(List.of(at(chronology.correctedAt()), "Request took its final form", ""));
        }
        chronology.approvals().forEach(each -> rows.add(List.of(at(each.at()), "Approved", "by " + each.officer())));
        rows.add(List.of(at(chronology.sealedAt()), "Extract sealed", "by the system"));
        pages.table(List.of("When (UTC)", "What", "Who"), List.of(0.28, 0.32, 0.4), rows);
    }

    private void provenance() {
        pages.heading("Where the records come from");
        manifest.triggers().forEach((trigger, meaning) -> pages.fact("Trigger " + trigger, meaning));
        pages.fact(
                "Location databases",
                manifest.geoDatabases().isEmpty() ? NONE : String.join("; ", manifest.geoDatabases()));
        pages.fact(
                "Disclosure policy",
                manifest.policy().name() + ", SHA-256 " + manifest.policy().sha256());
        pages.fact("Made by", manifest.software());
        Manifest.Positions positions = manifest.positions();
        pages.fact(
                "Read up to",
                "position in each partition of the incoming log: " + numbers(positions.read())
                        + "; received before the request: " + numbers(positions.cut()));
        pages.fact(
                "Refused on arrival",
                "position in each partition of the log of refused messages: " + numbers(positions.rejected()));
    }

    private void seal() {
        pages.heading("The seal");
        pages.paragraph("manifest.json states all of the above, and the digest of every part of the records. It is"
                + " sealed: manifest.sig is an Ed25519 signature over its bytes. A change of one character anywhere in"
                + " this folder can be noticed; VERIFY.md says how, with common tools. Compare the key id with the one"
                + " that the provider gives you by another way.");
        pages.fact("Sealing key id", manifest.keyId());
        pages.fact("SHA-256 of the manifest", manifestSha256);
        pages.fact("Root over all records", manifest.merkleRoot());
    }

    private void certification() {
        pages.newPage();
        pages.title(
                "Certification of records",
                "Of records made by an automated process. A draft: without effect until a custodian of"
                        + " the records has read, completed and signed it. Adapt it to the form that the law of the forum asks"
                        + " for.");
        pages.paragraph("I, the undersigned, am employed by the provider named below, know how it makes and keeps the"
                + " records that this certification is about, and am authorised to give it.");
        int number = 1;
        for (String each : certified()) {
            pages.item(number++ + ".", each);
        }
        pages.paragraph("I declare that this is true to the best of my knowledge and belief, and know that a false"
                + " declaration may be punished.");
        for (String each : List.of("Provider", "Name", "Position", "Place and date", "Signature")) {
            pages.blank(each);
        }
    }

    private List<String> certified() {
        return List.of(
                "The records are the " + count(manifest.totals().lookups(), "record")
                        + " in the file records.jsonl that"
                        + " answers " + words(manifest.instrument().type()) + " "
                        + manifest.instrument().reference() + " of "
                        + manifest.instrument().authority() + " (request " + manifest.requestId() + ").",
                "Each was made at or near the time that it states, by the provider's systems, without anyone's hand,"
                        + " from what a client sent when it asked whether a handle can be reached.",
                "Such records are made and kept in the regular course of the provider's activity, and making them is its"
                        + " regular practice. They are kept for a limited time and then forgotten, under rules that"
                        + " apply to all of them alike.",
                "They were searched for, copied and sealed by software (" + manifest.software() + ") that does so in"
                        + " the same way for every request. To my knowledge it worked properly when it did. Persons"
                        + " approved the request, as this letter states; nobody chose, changed or removed single"
                        + " records.",
                "The copy is identified by digests: that of the manifest (SHA-256) is " + manifestSha256 + ", and it"
                        + " names that of every part of the records. The seal was made with the key " + manifest.keyId()
                        + ".",
                "I do not certify who used a device or an account, that anyone communicated, nor where a person was.");
    }

    private static String span(Manifest.Window window) {
        return at(window.from()) + " up to, and not including, " + at(window.to());
    }

    /** An instant as people read it. */
    private static String at(@Nullable String instant) {
        return instant == null ? "—" : instant.replace('T', ' ').replace("Z", "");
    }

    private static String number(int index) {
        return Integer.toString(index + 1);
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String count(long number, String noun) {
        return grouped(number) + " " + noun + (number == 1 ? "" : "s");
    }

    private static String numbers(List<Long> numbers) {
        return numbers.isEmpty() ? NONE : numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static String words(SelectorRole role) {
        return switch (role) {
            case REQUESTER -> "who asked";
            case QUERIED -> "who was asked about";
            case EITHER -> "either";
            case SOURCE -> "from where";
        };
    }

    /** A code as words: {@code COURT_ORDER} as "court order". */
    private static String words(@Nullable Object code) {
        return String.valueOf(code).replace('_', ' ').toLowerCase(Locale.ROOT);
    }
}
