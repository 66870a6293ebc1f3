//! How targets are run: over inputs that are the same every time, or by libFuzzer.

use std::fmt::Debug;
use std::panic::RefUnwindSafe;

use bolero::TypeGenerator;

/// A target's name, which is that of its test and of its folder in `corpus/`, and how much of it is usual.
#[cfg_attr(fuzzing, expect(dead_code, reason = "libFuzzer is told what to run and where its corpus lies"))]
pub(crate) struct Target {
    /// `sync_file::text`
    pub(crate) name: &'static str,
    /// How many inputs of its own a usual run has, besides the corpus.
    pub(crate) cases: u64,
    /// Files from elsewhere, seen from this package, that belong to the corpus.
    pub(crate) also: &'static [&'static str],
}

impl Target {
    /// Tries texts: those of the corpus, and spoiled ones.
    pub(crate) fn over_bytes(&self, exercise: impl FnMut(&[u8]) + RefUnwindSafe) {
        #[cfg(fuzzing)]
        bolero::check!().for_each(exercise);
        #[cfg(not(fuzzing))]
        bolero::TestTarget::new(bounded::Bounded::spoiling(self)).for_each(exercise);
    }

    /// Tries values, which are made from bytes.
    pub(crate) fn over<T: TypeGenerator + Debug + 'static>(&self, exercise: impl FnMut(&T) + RefUnwindSafe) {
        #[cfg(fuzzing)]
        bolero::check!().with_type::<T>().for_each(exercise);
        #[cfg(not(fuzzing))]
        bolero::TestTarget::new(bounded::Bounded::throwing(self)).with_type::<T>().for_each(exercise);
    }
}

#[cfg(not(fuzzing))]
mod bounded {
    //! As many inputs as usual, none of which depends on the machine or the time.

    use std::fmt::Debug;
    use std::path::{Path, PathBuf};

    use bolero::bolero_engine::{Engine, Failure, Test, driver, input, panic};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::super::spoil::spoiled;
    use super::Target;

    /// The longest input that is made of nothing but noise.
    const NOISE_BYTES: u64 = 1024;

    /// Inputs, each with the variable that asks for it alone.
    pub(super) struct Bounded {
        name: &'static str,
        inputs: Vec<(String, Vec<u8>)>,
    }

    impl Bounded {
        /// The corpus, and what comes of spoiling it.
        pub(super) fn spoiling(target: &Target) -> Self {
            let corpus = corpus(target);
            let texts: Vec<Vec<u8>> = corpus.iter().map(|file| std::fs::read(file).unwrap()).collect();
            Self::new(target, &corpus, |dice| spoiled(&texts, dice))
        }

        /// The corpus, and noise.
        pub(super) fn throwing(target: &Target) -> Self {
            Self::new(target, &corpus(target), |dice| {
                let length = dice.next_u64() % NOISE_BYTES;
                (0..length).map(|_| dice.next_u32().to_le_bytes()[0]).collect()
            })
        }

        fn new(target: &Target, corpus: &[PathBuf], made: impl Fn(&mut ChaCha8Rng) -> Vec<u8>) -> Self {
            let file = |path: &Path| {
                (
                    format!("LAPWING_FUZZ_FILE={}", path.display()),
                    std::fs::read(path).unwrap_or_else(|why| panic!("{why}")),
                )
            };
            let seed = |seed: u64| (format!("LAPWING_FUZZ_SEED={seed}"), made(&mut ChaCha8Rng::seed_from_u64(seed)));
            let inputs = match (asked("FILE"), asked("SEED"), asked("CASES")) {
                (Some(path), ..) => vec![file(Path::new(&path))],
                (None, Some(one), _) => vec![seed(one.parse().unwrap())],
                (None, None, cases) => {
                    let cases = cases.map_or(target.cases, |cases| cases.parse().unwrap());
                    corpus.iter().map(|path| file(path)).chain((0..cases).map(seed)).collect()
                }
            };
            Self { name: target.name, inputs }
        }
    }

    fn asked(what: &str) -> Option<String> {
        std::env::var(format!("LAPWING_FUZZ_{what}")).ok()
    }

    /// The files of a target's corpus, in the order of their names.
    fn corpus(target: &Target) -> Vec<PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = root.join("corpus").join(target.name.replace("::", "/"));
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        // What keeps an empty folder in the repository is no input.
        files.retain(|file| file.file_name().is_some_and(|name| name != ".gitkeep"));
        files.sort();
        files.extend(target.also.iter().map(|file| root.join(file)));
        files
    }

    impl<T: Test> Engine<T> for Bounded
    where
        T::Value: Debug,
    {
        type Output = ();

        fn run(self, mut test: T, options: driver::Options) {
            panic::set_hook();
            let forwarding = panic::forward_panic(false);
            for (again, bytes) in self.inputs {
                let Err(error) = test.test(&mut input::Bytes::new(&bytes, &options)) else { continue };
                let shrunk = test.shrink(bytes.clone(), None, &options);
                let failure = shrunk.unwrap_or_else(|| Failure {
                    seed: None,
                    error,
                    input: test.generate_value(&mut input::Bytes::new(&bytes, &options)),
                });
                panic::forward_panic(true);
                panic!("{failure:#}\nto see it again: {again} cargo test -p lapwing-fuzz {}\n", self.name);
            }
            panic::forward_panic(forwarding);
        }
    }
}
