//! Any text as a URL, a base and a setter's value, a line for each: what is parsed is serialised to what parses to the
//! same, whatever has been set in it.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/exec/src/host"]
mod host {
    mod url {
        pub(super) mod parser;
        pub(super) mod record;
        mod setters;

        use record::Record;

        pub(super) const SETTERS: [fn(&mut Record, &str); 9] = [
            Record::change_protocol,
            Record::change_username,
            Record::change_password,
            Record::change_host,
            Record::change_hostname,
            Record::change_port,
            Record::change_pathname,
            Record::change_search,
            Record::change_hash,
        ];
    }

    use url::SETTERS;
    use url::parser::parse;
    use url::record::Record;

    pub fn check(input: &str, base: &str, value: &str) {
        let Some(url) = parse(input, parse(base, None).as_ref()) else { return };
        stays(&url);
        for set in SETTERS {
            let mut changed = url.clone();
            set(&mut changed, value);
            let href = changed.href();
            assert!(href.is_ascii(), "{href}");
            assert!(parse(&href, None).is_some(), "{href}");
        }
    }

    fn stays(url: &Record) {
        let href = url.href();
        assert!(href.is_ascii(), "{href}");
        assert_eq!(parse(&href, None).as_ref(), Some(url), "{href}");
        let parts = [url.protocol(), url.host(), url.port(), url.search(), url.hash(), url.origin()];
        let texts = [url.username(), url.password(), url.hostname(), url.pathname()];
        assert!(parts.iter().all(|part| part.is_ascii()) && texts.iter().all(|part| part.is_ascii()));
    }
}

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    host::check(line(), line(), line());
});
