package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is refused before anything is asked of a server. */
class EraseTest {
    private static Run erase(String... args) {
        List<String> all = new ArrayList<>(List.of("erase"));
        all.addAll(Arrays.asList(args));
        return Run.of(all.toArray(String[]::new));
    }

    @Test
    void namesWhatIsMissing() {
        String[] complete = {
            "+4915550100001", "--as", "either", "--reason", "r", "--officer", "o", "--keystore", "/no/such.p12"
        };
        for (int i = 0; i < complete.length; i += i == 0 ? 1 : 2) {
            String missing = i == 0 ? "HANDLE" : complete[i];
            List<String> rest = new ArrayList<>(Arrays.asList(complete));
            rest.remove(i);
            if (i > 0) {
                rest.remove(i);
            }
            Run run = erase(rest.toArray(String[]::new));
            assertThat(run.exitCode()).as(missing).isEqualTo(ExitCodes.USAGE);
            assertThat(run.err()).startsWith("lookback: Missing: " + missing + " (");
            assertThat(run.out()).isEmpty();
        }
    }

    @Test
    void refusesARoleThatDoesNotExist() {
        Run run = erase("+4915550100001", "--as", "everything");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("--as", "everything");
    }

    @Test
    void refusesTheRoleOfAnAddress() {
        Run run = erase("192.0.2.1", "--as", "source");

        assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("--as", "REQUESTER").doesNotContain("SOURCE");
    }

    @Test
    void refusesAnIdThatIsNone() {
        assertThat(erase("show", "me").exitCode()).isEqualTo(ExitCodes.USAGE);
    }
}
