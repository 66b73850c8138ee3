package dev.lookback.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Calendar;
import java.util.Date;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.Test;

/** The rules of docs/ARCHITECTURE.md that a compiler does not know; and that each of them can fail. */
class ArchitectureTest {
    private static final Path PAGE = Path.of("../docs/ARCHITECTURE.md");
    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.lookback");
    private static final JavaClasses TESTS =
            new ClassFileImporter().importPackages("dev.lookback.architecture", "dev.lookback.simulation");

    @Test
    void packagesSeeWhatTheTableSays() throws IOException {
        Rooms rooms = Rooms.read(PAGE);
        seeOnlyWhatTheyMay(rooms).check(PRODUCT);

        assertThat(PRODUCT.stream().flatMap(each -> Rooms.of(each.getPackageName()).stream()))
                .as("all of schemas and topology is looked at")
                .contains("v1", "topics", "retention", "ingest", "vault", "casework", "app");
        for (String room : Set.of("ingest", "vault", "casework")) {
            assertThat(rooms.maySee().get(room))
                    .doesNotContain("app")
                    .containsAll(rooms.maySee().get("topics"));
            assertFails(seeOnlyWhatTheyMay(rooms.without(room, "topics")), PRODUCT, room + " must not see topics");
        }
        assertThat(rooms.maySee().get("ingest")).doesNotContain("vault", "casework");
        assertThat(rooms.maySee().get("vault")).doesNotContain("ingest", "casework");
        assertThat(rooms.maySee().get("casework")).doesNotContain("ingest", "vault");
        assertFails(seeOnlyWhatTheyMay(rooms), TESTS, "architecture is not in the table");
    }

    private static ArchRule seeOnlyWhatTheyMay(Rooms rooms) {
        return classes().should(new ArchCondition<>("see only what the table says") {
            @Override
            public void check(JavaClass from, ConditionEvents events) {
                String room = Rooms.of(from.getPackageName()).orElseThrow();
                Set<String> seen = rooms.maySee().get(room);
                if (seen == null) {
                    violation(events, from, room + " is not in the table");
                    return;
                }
                for (Dependency each : from.getDirectDependenciesFromSelf()) {
                    Rooms.of(each.getTargetClass().getBaseComponentType().getPackageName())
                            .filter(other -> !seen.contains(other))
                            .ifPresent(other -> violation(
                                    events, each, room + " must not see " + other + ": " + each.getDescription()));
                }
            }

            private void violation(ConditionEvents events, Object where, String message) {
                events.add(SimpleConditionEvent.violated(where, message));
            }
        });
    }

    @Test
    void nobodyAsksWhatTimeItIs() {
        // Where clocks are born: the application, and the serdes' registry client, which Kafka makes from settings
        // alone
        // (it measures how long a useless schema id is not asked for again).
        ArchRule rule = askTheTime("dev.lookback.app.LookbackApp", "dev.lookback.registry.HttpSchemaRegistry");
        rule.check(PRODUCT);

        assertFails(askTheTime("dev.lookback.registry.HttpSchemaRegistry"), PRODUCT, "LookbackApp", "nanoTime");
        assertFails(
                rule,
                TESTS,
                "TellsTheTime.a(",
                "TellsTheTime.b(",
                "TellsTheTime.c(",
                "TellsTheTime.d(",
                "TellsTheTime.e(",
                "TellsTheTime.f(",
                "TellsTheTime.g(",
                "TellsTheTime.h(",
                "TellsTheTime.i(");
        assertThat(failures(rule, TESTS)).doesNotContain("TellsTheTime.allowed(");
    }

    private static ArchRule askTheTime(String... birthplaces) {
        return noClasses()
                .that(describe(
                        "do not bear clocks", each -> !Set.of(birthplaces).contains(each.getName())))
                .should()
                .accessTargetWhere(describe("it reads the clock of the machine", ArchitectureTest::readsTheClock));
    }

    private static boolean readsTheClock(JavaAccess<?> access) {
        AccessTarget target = access.getTarget();
        JavaClass owner = target.getOwner();
        String name = target.getName();
        boolean withoutClock = !(target instanceof CodeUnitAccessTarget called)
                || called.getRawParameterTypes().stream().noneMatch(each -> each.isAssignableTo(InstantSource.class));
        if (owner.getPackageName().equals("java.time")) {
            boolean ofTheSystem = name.startsWith("system") || name.startsWith("tick");
            return withoutClock && (name.equals("now") || (owner.isAssignableTo(InstantSource.class) && ofTheSystem));
        }
        return (owner.isEquivalentTo(System.class)
                        && Set.of("currentTimeMillis", "nanoTime").contains(name))
                || (owner.isEquivalentTo(Date.class)
                        && target instanceof CodeUnitAccessTarget made
                        && name.equals("<init>")
                        && made.getRawParameterTypes().isEmpty())
                || (owner.isEquivalentTo(Calendar.class) && name.equals("getInstance"))
                || (owner.isEquivalentTo(Time.class) && name.equals("SYSTEM"));
    }

    /** All that is forbidden, and what is not. */
    @SuppressWarnings({"unused", "JavaUtilDate", "JavaTimeDefaultTimeZone", "TimeZoneUsage"})
    static final class TellsTheTime {
        Instant a() {
            return Instant.now();
        }

        long b() {
            return System.currentTimeMillis();
        }

        LongSupplier c() {
            return System::nanoTime;
        }

        Clock d() {
            return Clock.systemUTC();
        }

        InstantSource e() {
            return InstantSource.system();
        }

        LocalDate f() {
            return LocalDate.now(ZoneOffset.UTC);
        }

        Date g() {
            return new Date();
        }

        Clock h() {
            return Clock.tickSeconds(ZoneOffset.UTC);
        }

        Time i() {
            return Time.SYSTEM;
        }

        Object allowed(Clock clock) {
            return Set.of(clock.instant(), LocalDate.now(clock), new Date(clock.millis()));
        }
    }

    @Test
    void retentionAndDisclosureAreRulesAlone() {
        knowsNoStreams("dev.lookback.retention..").check(PRODUCT);
        knowsNoStreams("dev.lookback.disclosure..").check(PRODUCT);
        assertFails(knowsNoStreams("dev.lookback.policy.."), PRODUCT, "PolicyStore");
    }

    private static ArchRule knowsNoStreams(String packages) {
        return noClasses()
                .that()
                .resideInAPackage(packages)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka.streams..");
    }

    @Test
    void topologiesDoNoIo() {
        String[] topologies = {
            "dev.lookback.ingest..",
            "dev.lookback.vault..",
            "dev.lookback.casework..",
            "dev.lookback.policy..",
            "dev.lookback.officers..",
            "dev.lookback.disclosure..",
            "dev.lookback.retention.."
        };
        // The vault's own store has a directory; a store hands on its task's directory; officers are read from a file
        // before the topology that gets them exists.
        doNoIo(
                        "dev\\.lookback\\.vault\\.VaultStore(\\$.*)?|dev\\.lookback\\.casework\\.CopyStore(\\$.*)?|dev\\.lookback\\.casework\\.PreservedCopies\\$.*"
                                + "|dev\\.lookback\\.officers\\.Officers",
                        topologies)
                .check(PRODUCT);
        for (String named : Set.of("VaultStore", "CopyStore", "PreservedCopies", "Officers")) {
            assertFails(doNoIo("none", topologies), PRODUCT, named);
        }
        assertFails(
                doNoIo("none", "dev.lookback.app.."), PRODUCT, "KafkaConsumer", "Producer", "Admin", "java.net.URI");
    }

    private static ArchRule doNoIo(String exceptThose, String... packages) {
        Set<Class<?>> files = Set.of(
                File.class,
                FileInputStream.class,
                FileOutputStream.class,
                FileReader.class,
                FileWriter.class,
                RandomAccessFile.class);
        DescribedPredicate<JavaClass> io = resideInAnyPackage(
                        "java.net..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "org.apache.kafka.clients.admin..",
                        "org.apache.kafka.clients.producer..",
                        "org.apache.kafka.clients.consumer..")
                .or(describe("files", each -> files.stream().anyMatch(each::isEquivalentTo)))
                .and(DescribedPredicate.not(describe(
                        "a record to take a timestamp from", each -> each.isEquivalentTo(ConsumerRecord.class))));
        return noClasses()
                .that()
                .resideInAnyPackage(packages)
                .and(are(DescribedPredicate.not(nameMatching(exceptThose))))
                .should()
                .dependOnClassesThat(io);
    }

    /** The simulation's model is a second opinion only if it borrows nothing. */
    @Test
    void theModelKnowsNothingOfTheProductButItsRecords() {
        knowsOnlyRecords("dev\\.lookback\\.simulation\\.Model(\\$.*)?").check(TESTS);
        assertFails(knowsOnlyRecords("dev\\.lookback\\.simulation\\.Simulation(\\$.*)?"), TESTS, "IngestTopology");
    }

    private static ArchRule knowsOnlyRecords(String name) {
        return classes()
                .that(are(nameMatching(name)))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("java..", "dev.lookback.v1..").or(nameMatching(name)));
    }

    private static void assertFails(ArchRule rule, JavaClasses classes, String... found) {
        assertThat(failures(rule, classes)).contains(found);
    }

    private static String failures(ArchRule rule, JavaClasses classes) {
        return String.join("\n", rule.evaluate(classes).getFailureReport().getDetails());
    }
}
