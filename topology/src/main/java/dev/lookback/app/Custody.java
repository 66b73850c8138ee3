package dev.lookback.app;

import static dev.lookback.config.LookbackConfig.CUSTODY_CLASS;

import dev.lookback.config.LookbackConfig;
import dev.lookback.custody.CustodyException;
import dev.lookback.custody.CustodyUnavailableException;
import dev.lookback.custody.KeyCustody;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** Who keeps the keys of retained lookups. */
public final class Custody {
    private Custody() {}

    /**
     * The custody that the settings name; null if none: lookups are not encrypted then.
     *
     * @throws ConfigException if there is no such class, or it cannot work with its settings
     * @throws dev.lookback.custody.CustodyUnavailableException if the keys are out of reach
     */
    public static @Nullable KeyCustody load(LookbackConfig config) {
        String name = config.text(CUSTODY_CLASS);
        if (name.isBlank()) {
            return null;
        }
        try {
            KeyCustody custody = Utils.newInstance(name, KeyCustody.class);
            custody.configure(config.custodySettings());
            return custody;
        } catch (ClassNotFoundException | ClassCastException e) {
            throw new ConfigException(CUSTODY_CLASS + "=" + name + ": no KeyCustody of this name on the class path");
        } catch (CustodyUnavailableException | ConfigException e) {
            throw e;
        } catch (CustodyException e) {
            throw new ConfigException(e.getMessage());
        } catch (KafkaException e) {
            throw new ConfigException(CUSTODY_CLASS + "=" + name + ": " + e.getMessage());
        }
    }
}
