package dev.lookback.casework;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.AuditEntry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuditChainTest {
    private final List<AuditEntry> entries = new ArrayList<>();

    AuditChainTest() {
        AuditChain.Head head = AuditChain.Head.START;
        for (int i = 0; i < 5; i++) {
            AuditEntry entry = AuditChain.next(head, 3, 1_000L + i, "", "lookback", "SEARCH", "number=" + i);
            entries.add(entry);
            head = AuditChain.Head.fromBytes(AuditChain.Head.after(entry).toBytes());
        }
    }

    @Test
    void wholeChainIsSound() {
        assertThat(AuditChain.verify(entries)).isNull();
        assertThat(AuditChain.verify(List.of())).isNull();
    }

    @Test
    void droppedEntryIsNoticed() {
        for (int i = 0; i < entries.size() - 1; i++) {
            List<AuditEntry> cut = new ArrayList<>(entries);
            cut.remove(i);
            assertThat(AuditChain.verify(cut)).as("without entry %d", i + 1).isNotNull();
        }
    }

    @Test
    void alteredEntryIsNoticed() {
        for (int i = 0; i < entries.size() - 1; i++) {
            List<AuditEntry> altered = new ArrayList<>(entries);
            altered.set(
                    i,
                    AuditEntry.newBuilder(entries.get(i)).setDetail("nothing").build());
            assertThat(AuditChain.verify(altered))
                    .isEqualTo("Entry " + (i + 2) + " does not follow from the entry before it");
        }
    }

    @Test
    void swappedRepeatedAndForeignEntriesAreNoticed() {
        List<AuditEntry> swapped = new ArrayList<>(entries);
        swapped.set(1, entries.get(2));
        swapped.set(2, entries.get(1));
        assertThat(AuditChain.verify(swapped)).isEqualTo("Entry 3 follows entry 1");
        List<AuditEntry> repeated = new ArrayList<>(entries);
        repeated.add(entries.get(4));
        assertThat(AuditChain.verify(repeated)).isEqualTo("Entry 5 follows entry 5");
        List<AuditEntry> foreign = new ArrayList<>(entries);
        foreign.set(4, AuditEntry.newBuilder(entries.get(4)).setPartition(2).build());
        assertThat(AuditChain.verify(foreign)).isEqualTo("Entry 5 belongs to chain 2");
    }
}
