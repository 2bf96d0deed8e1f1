//! Where scripts are, as far as they can tell: the time zone of `Date`, the locale of `Intl`. Whatever those of the host
//! are: what a script says does not depend on where it runs.
//!
//! ICU has one of each for the whole process, and V8 remembers what it has read of them. So they are set once, before V8
//! starts.

use std::sync::Once;

use derive_setters::Setters;

/// A time zone and a locale. By default `UTC` and `en-US`.
#[derive(Clone, Debug, PartialEq, Eq, Setters)]
#[setters(prefix = "with_", into)]
#[non_exhaustive]
pub struct Region {
    /// That of `Date`, and of `Intl` where a script names none: a name of the IANA database, such as `Europe/Berlin`.
    pub time_zone: String,
    /// That of `Intl` and of the `toLocale…` methods where a script names none: a BCP 47 tag, such as `de-DE`.
    pub locale: String,
}

impl Default for Region {
    fn default() -> Self {
        Self { time_zone: "UTC".to_owned(), locale: "en-US".to_owned() }
    }
}

/// Why V8 cannot be started in a region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegionError {
    /// There is no such time zone.
    #[error("there is no time zone {0:?}")]
    TimeZone(String),
    /// It is no tag of a locale, or there is no data for it.
    #[error("there is no locale {0:?}")]
    Locale(String),
    /// V8 runs already, in another one.
    #[error("the process has the time zone {} and the locale {} already", .0.time_zone, .0.locale)]
    Started(Region),
}

impl Region {
    /// A longer tag is none.
    const LONGEST_TAG: usize = 64;

    /// Makes it that of the process.
    ///
    /// # Panics
    /// If the ICU data is not of the version that V8 was built with.
    pub(super) fn apply(&self) -> Result<(), RegionError> {
        static DATA: Once = Once::new();
        DATA.call_once(|| {
            v8::icu::set_common_data_78(deno_core_icudata::ICU_DATA)
                .expect("ICU data of the version V8 was built with");
        });
        let Self { time_zone, locale } = self;
        let is_tag = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if locale.is_empty() || locale.len() > Self::LONGEST_TAG || !locale.chars().all(is_tag) {
            return Err(RegionError::Locale(locale.clone()));
        }
        v8::icu::set_default_locale(locale);
        // ICU makes something of every text.
        if !v8::icu::get_language_tag().eq_ignore_ascii_case(locale) {
            return Err(RegionError::Locale(locale.clone()));
        }
        if v8::icu::set_default_time_zone(time_zone) {
            Ok(())
        } else {
            Err(RegionError::TimeZone(time_zone.clone()))
        }
    }
}
