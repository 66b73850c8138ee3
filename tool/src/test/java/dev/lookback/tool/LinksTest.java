package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every relative link in a page leads to a file. */
class LinksTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Set<String> NOT_OURS = Set.of("target", ".git", ".lookback");

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        List<Path> pages = pages();
        assertThat(pages).contains(ROOT.resolve("README.md"), ROOT.resolve("docs/RATIONALE.md"));
        List<String> broken = new ArrayList<>();
        for (Path page : pages) {
            broken.addAll(broken(page, Files.readString(page)));
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void aLinkToNowhereIsFound() {
        assertThat(broken(ROOT.resolve("docs/PAGE.md"), "[a](../README.md) [b](gone.md#part) [c](https://example.org)"))
                .containsExactly(ROOT.resolve("docs/PAGE.md") + ": gone.md#part");
    }

    private static List<String> broken(Path page, String text) {
        List<String> broken = new ArrayList<>();
        Matcher links = LINK.matcher(text);
        while (links.find()) {
            String link = links.group(1);
            String file = link.replaceFirst("#.*", "");
            boolean here = !link.contains("://") && !link.startsWith("mailto:") && !file.isEmpty();
            if (here && !Files.exists(page.resolveSibling(file))) {
                broken.add(page + ": " + link);
            }
        }
        return broken;
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> Stream.iterate(file, part -> part != null, Path::getParent)
                            .noneMatch(part -> part.getFileName() != null
                                    && NOT_OURS.contains(part.getFileName().toString())))
                    .toList();
        }
    }
}
