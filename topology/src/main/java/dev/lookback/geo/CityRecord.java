package dev.lookback.geo;

import com.maxmind.db.MaxMindDbConstructor;
import com.maxmind.db.MaxMindDbParameter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields that are kept of a record in a City or Country database, under MaxMind's names; everything else is skipped
 * while decoding. Public for the reader's reflection alone.
 */
public record CityRecord(
        @Nullable Country country,
        @Nullable List<Subdivision> subdivisions,
        @Nullable City city,
        @Nullable Location location) {
    /** For the reader. */
    @MaxMindDbConstructor
    public CityRecord(
            @MaxMindDbParameter(name = "country") @Nullable Country country,
            @MaxMindDbParameter(name = "subdivisions") @Nullable List<Subdivision> subdivisions,
            @MaxMindDbParameter(name = "city") @Nullable City city,
            @MaxMindDbParameter(name = "location") @Nullable Location location) {
        this.country = country;
        this.subdivisions = subdivisions;
        this.city = city;
        this.location = location;
    }

    /** A country. */
    public record Country(@Nullable String isoCode) {
        /** For the reader. */
        @MaxMindDbConstructor
        public Country(@MaxMindDbParameter(name = "iso_code") @Nullable String isoCode) {
            this.isoCode = isoCode;
        }
    }

    /** A part of a country, the largest first. */
    public record Subdivision(@Nullable String isoCode) {
        /** For the reader. */
        @MaxMindDbConstructor
        public Subdivision(@MaxMindDbParameter(name = "iso_code") @Nullable String isoCode) {
            this.isoCode = isoCode;
        }
    }

    /** A city. */
    public record City(@Nullable Names names) {
        /** For the reader. */
        @MaxMindDbConstructor
        public City(@MaxMindDbParameter(name = "names") @Nullable Names names) {
            this.names = names;
        }
    }

    /** Of the names in many languages, the English one. */
    public record Names(@Nullable String english) {
        /** For the reader. */
        @MaxMindDbConstructor
        public Names(@MaxMindDbParameter(name = "en") @Nullable String english) {
            this.english = english;
        }
    }

    /** A point and how far off it may be. */
    public record Location(
            @Nullable Double latitude,
            @Nullable Double longitude,
            @Nullable Integer accuracyRadiusKm) {
        /** For the reader. */
        @MaxMindDbConstructor
        public Location(
                @MaxMindDbParameter(name = "latitude") @Nullable Double latitude,
                @MaxMindDbParameter(name = "longitude") @Nullable Double longitude,
                @MaxMindDbParameter(name = "accuracy_radius") @Nullable Integer accuracyRadiusKm) {
            this.latitude = latitude;
            this.longitude = longitude;
            this.accuracyRadiusKm = accuracyRadiusKm;
        }
    }
}
