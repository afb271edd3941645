//! Enumerations whose spelling varies between forms. Belongs here: reading `KEY_LESS`, `key-less` and `keyless` alike.

/// Declares an enumeration by its names in capitals; `other = …` is what an unknown name means, absent = an error.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? } $(other = $other:ident)?) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            /// Its name in a version 4 export.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let plain = text.replace(['-', '_'], "").to_ascii_uppercase();
                $(if plain == $word.replace('_', "") { return Ok(Self::$variant); })+
                $(return Ok(Self::$other);)?
                #[allow(unreachable_code, reason = "only without a fallback")]
                Err(serde::de::Error::custom(format!("`{text}` is none of {}", [$($word),+].join(", "))))
            }
        }
    };
}

pub(crate) use words;
