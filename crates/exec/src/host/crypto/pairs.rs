//! What keys on curves have in common: they are made in pairs, and two of one curve agree on a secret.

/// The functions of a family, and how it reads its curves. `private` and `public` are what [`Key`](crate::crypto::Key)
/// calls the two types.
macro_rules! functions_of_pairs {
    ($curve:ident, $private_type:ident $private:ident, $public_type:ident $public:ident) => {
        /// By its index.
        impl<'s> FromV8<'s> for $curve {
            fn from_v8(
                scope: &mut v8::PinScope<'s, '_>,
                value: v8::Local<'s, v8::Value>,
            ) -> Result<Self, crate::host::arguments::ArgumentError> {
                let unknown = crate::host::arguments::ArgumentError::Invalid("unknown curve");
                Self::from_index(u32::from_v8(scope, value)?).ok_or(unknown)
            }
        }

        /// `Generate(curve)`: a private key and its public one.
        pub(crate) fn generate<'s>(
            scope: &mut v8::PinScope<'s, '_>,
            (curve,): ($curve,),
            mut result: v8::ReturnValue<'s>,
        ) {
            let pair = $private_type::generate(curve);
            give(
                scope,
                &mut result,
                &pair.map(|(private, public)| Output::Pair(private.into(), public.into())),
            );
        }

        /// `Import(curve, format, data)`
        pub(crate) fn import<'s>(
            scope: &mut v8::PinScope<'s, '_>,
            (curve, format, data): ($curve, Format, Vec<u8>),
            mut result: v8::ReturnValue<'s>,
        ) {
            let data = zeroize::Zeroizing::new(data);
            let key = match format {
                Format::Raw => $public_type::from_raw(curve, &data).map(Into::into),
                Format::Spki => $public_type::from_spki(curve, &data).map(Into::into),
                Format::Pkcs8 => $private_type::from_pkcs8(curve, &data).map(Into::into),
            };
            give(scope, &mut result, &key.map(Output::Key));
        }

        /// `Agree(operation, key, public, bits, kept)`: all of them if `bits` is negative.
        pub(crate) fn agree<'s>(
            scope: &mut v8::PinScope<'s, '_>,
            (operation, key, public, bits, kept): (u64, KeyOf, KeyOf, f64, bool),
            result: v8::ReturnValue<'s>,
        ) {
            let is_long = key.get().and_then(Key::$private).is_ok_and(|key| key.takes_long());
            perform(scope, result, operation, Work::on_bytes(0).or_long(is_long), move || {
                let secret = key.get()?.$private()?.agree(public.get()?.$public()?)?;
                derived_bits(secret, bits, kept)
            });
        }
    };
}

pub(super) use functions_of_pairs;
