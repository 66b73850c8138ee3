package dev.lookback.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * YAML for files whose meaning must be the same for people and for machines: maps, lists and texts, and none of YAML's
 * own ideas of what a text means ({@code 010} is not eight, {@code on} is not true, {@code 2026-01-31} is no instant), no
 * name twice, {@code &} and {@code *} copy nothing.
 */
public final class NarrowYaml {
    private NarrowYaml() {}

    /** A text that is not such YAML. */
    public static final class NotYamlException extends Exception {
        private static final long serialVersionUID = 1;

        private final int line;

        private NotYamlException(@Nullable String problem, int line) {
            super(problem);
            this.line = line;
        }

        /** Where, from 1; 0 if that is not known. */
        public int line() {
            return line;
        }
    }

    /**
     * Reads a text.
     *
     * @param mostCharacters of the text
     * @param mostLevels of maps and lists within one another
     * @return a map, a list or a text; the empty text for an empty one
     * @throws NotYamlException saying what is wrong; may quote the text
     */
    public static Object load(String text, int mostCharacters, int mostLevels) throws NotYamlException {
        LoaderOptions limits = new LoaderOptions();
        limits.setCodePointLimit(mostCharacters);
        limits.setNestingDepthLimit(mostLevels);
        limits.setMaxAliasesForCollections(0);
        limits.setAllowDuplicateKeys(false);
        DumperOptions unused = new DumperOptions();
        Yaml yaml = new Yaml(new SafeConstructor(limits), new Representer(unused), unused, limits, new TextsAlone());
        try {
            Object root = yaml.load(text);
            return root == null ? "" : root;
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
            throw new NotYamlException(e.getProblem(), line);
        } catch (YAMLException e) {
            throw new NotYamlException(e.getMessage(), 0);
        }
    }

    /** Leaves every scalar a text: what it means is for its field to say. */
    private static final class TextsAlone extends Resolver {
        @Override
        protected void addImplicitResolvers() {
            // None.
        }
    }
}
