package dev.lookback.config.acls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.config.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;
import org.junit.jupiter.api.Test;

/** The table in docs/SECURITY.md says what deploy/acls.yaml says. */
class SecurityPageTest {
    private static final Path PAGE = Path.of("../docs/SECURITY.md");
    private static final String BEGIN = "-Dsurefire.failIfNoSpecifiedTests=false -->\n";
    private static final String END = "<!-- end -->";

    /** To write it anew: {@code -Dtest=SecurityPageTest -Dupdate=true}. */
    @Test
    void the_table_says_what_the_file_says() throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf(BEGIN) + BEGIN.length();
        int to = page.indexOf(END);
        if (Boolean.getBoolean("update")) {
            Files.writeString(PAGE, page.substring(0, from) + table() + page.substring(to));
        } else {
            assertThat(page.substring(from, to)).isEqualTo(table());
        }
    }

    private static String table() {
        StringBuilder table = new StringBuilder("| role | on | may | |\n|---|---|---|---|\n");
        for (AclRole role : AclsFile.load(Example.config()).roles()) {
            table.append("| **%s** | | | %s |\n".formatted(role.name(), role.about()));
            role.grants()
                    .forEach(grant -> table.append(
                            "| | %s | %s | %s |\n".formatted(shown(grant.on()), operations(grant), grant.why())));
        }
        return table.toString();
    }

    private static String shown(String on) {
        return on.equals("*") ? "every topic" : on.equals("the cluster") ? on : "`" + on + "`";
    }

    private static String operations(AclRole.Grant grant) {
        List<AclOperation> sorted = List.copyOf(new TreeSet<>(grant.operations()));
        return sorted.stream().map(AclOperation::name).collect(Collectors.joining(", "));
    }
}
