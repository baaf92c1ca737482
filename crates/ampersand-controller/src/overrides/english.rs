//! English, as data.

mod narrow;
mod nouns;
mod phrases;

use narrow::NARROW;
use nouns::NOUNS;
use phrases::PHRASES;

use super::tables::{Language, Tone};

// Wrapped by hand here and below: one word a line would hide which words belong together.
#[rustfmt::skip]
pub(super) const ENGLISH: Language = Language {
    phrases: &[PHRASES, NARROW],
    leads: LEADS,
    tails: TAILS,
    interjections: INTERJECTIONS,
    nouns: NOUNS,
    exceptions: &[
        "except {}", "except for {}", "excepting {}", "but {}", "but not {}", "but for {}",
        "not {}", "just not {}", "only not {}", "all but {}", "apart from {}", "aside from {}",
        "other than {}", "besides {}", "excluding {}", "that isnt {}", "that is not {}", "thats not {}",
        "which isnt {}", "which is not {}", "that arent {}", "that are not {}", "with the exception of {}", "save for {}",
        "save {}", "bar {}",
    ],
    keeps: &[
        "keep {}", "keep {} running", "keep {} going", "keep {} alive", "keep only {}",
        "only keep {}", "just keep {}", "leave {}", "leave {} running", "leave {} going",
        "leave {} alone", "leave {} be", "leave only {}", "only leave {}", "let {} run",
        "let {} finish", "let {} continue", "let {} go on", "let {} keep going",
        "let {} keep running", "dont stop {}", "dont cancel {}", "dont touch {}",
        "do not stop {}", "do not cancel {}", "do not touch {}", "{} can stay",
        "{} can continue", "{} can keep running", "{} should keep running", "{} should continue",
        "{} stays",
    ],
    joints: &["and", "but", "just"],
    because: &[
        "because", "cause", "cuz", "coz", "bc", "since", "as i", "as we", "as it", "so i can",
        "so that i can", "so we can",
    ],
    reasons: REASONS,
    beyond_reason: &[
        "if", "when", "whenever", "until", "till", "unless", "after", "before", "once", "while",
        "then", "and", "or", "but", "instead", "also", "first", "please", "pause", "resume",
        "cancel", "stop", "abort", "kill", "continue", "hold", "want", "should", "can you",
        "could", "would", "tell", "show", "let", "add", "write", "fix", "make", "change", "use",
        "try", "start", "restart", "explain", "what", "why", "how", "who", "where", "which",
        "report first", "not", "dont", "wait",
    ],
    common: &[
        "recent", "latest", "new", "newest", "old", "oldest", "last", "first", "second", "third",
        "next", "previous", "big", "small", "long", "main", "more", "most", "up", "out", "into",
        "how", "what", "when", "why", "be", "are", "was", "not", "or", "if", "so", "do", "does",
        "use", "make", "then", "as", "than", "via", "per", "off", "over", "under", "repo", "repository", "codebase", "project", "code", "branch", "file",
        "files", "app",
    ],
    alike: &[
        &["dependency", "dep"],
        &["documentation", "doc", "readme"],
        &["repository", "repo", "codebase"],
        &["database", "db"],
        &["configuration", "config", "cfg"],
        &["performance", "perf"],
        &["environment", "env"],
        &["vulnerability", "vuln", "cve", "advisory"],
        &["research", "look into", "investigate", "investigation"],
        &["authentication", "auth", "authn"],
        &["authorization", "authorisation", "auth", "authz"],
        &["typescript", "ts"],
        &["javascript", "js"],
        &["kubernetes", "k8s"],
        &["administration", "admin"],
        &["optimise", "optimize"],
        &["refactor", "rework"],
        &["migrate", "migration", "migrating"],
        &["analyse", "analyze", "analysis"],
        &["internationalisation", "internationalization", "i18n"],
        &["parse", "parser"],
        &["pr", "pull request"],
        &["frontend", "front end"],
        &["backend", "back end"],
    ],
};

#[rustfmt::skip]
const LEADS: &[(Tone, &[&str])] = &[
    (
        Tone::Plain,
        &[
            "ok", "okay", "k", "kk", "hey", "hi", "hello", "so", "well", "right", "alright",
            "all right", "now", "just", "simply", "actually", "wait", "hmm", "hm", "oh", "ah",
            "um", "uh", "er", "yes", "yeah", "yep", "yup", "sure", "no,", "nope,", "nah,",
            "sorry", "quick", "quickly", "immediately", "then", "and", "but", "also", "again",
            "damn", "oops", "whoa", "woah", "ampersand", "thanks", "thank you", "great", "good",
            "cool", "fine", "nice", "perfect", "in that case", "on second thought",
            "on second thoughts", "never mind", "nevermind", "nvm", "for now", "at once",
            "go ahead and", "go and", "hold on", "hang on", "hold up", "go", "do", "i said",
            "i told you to", "as i said", "everyone", "guys", "folks", "team", "listen", "look",
            "god", "omg", "wtf", "ugh", "argh", "time to", "its time to", "lets",
            "let us", "lets just",
        ],
    ),
    (
        Tone::Polite,
        &[
            "please", "pls", "plz", "plese", "pleae", "kindly", "i want you to", "i need you to",
            "id like you to", "i would like you to",
            "i would love you to", "you need to", "you have to", "you must", "id love you to",
            "be so kind and", "be a dear and", "do me a favor and", "do me a favour and",
            "if possible", "if you can", "if you could", "if you dont mind", "if you would",
            "if its not too much trouble", "id appreciate it if you could",
            "i would appreciate it if you could", "i have to ask you to", "i must ask you to",
            "im asking you to", "i command you to",
        ],
    ),
    (
        Tone::Ask,
        &[
            "can you", "can u", "could you", "could u", "would you", "will you", "can we",
            "could we", "cud you", "can ya", "can you just", "can i ask you to",
            "could i ask you to", "may i ask you to", "can i get you to", "could i get you to",
            "would you be able to", "would you be so kind and", "would you be so kind as to",
            "could you be so kind and", "would you kindly", "could you maybe",
            "could you possibly", "cant you", "wont you",
        ],
    ),
    (
        Tone::Wish,
        &[
            "i want to", "i wanna", "id like to", "i would like to", "i need to", "id love to",
            "we need to",
        ],
    ),
    (
        Tone::Permit,
        &[
            "you can", "you may", "you could", "feel free to", "i think you can", "you should",
            "you should just",
        ],
    ),
    (Tone::Briefly, &["temporarily", "briefly"]),
    (
        Tone::Mind,
        &["would you mind", "do you mind", "mind", "would you please mind"],
    ),
];

#[rustfmt::skip]
const TAILS: &[(Tone, &[&str])] = &[
    (
        Tone::Plain,
        &[
            "now", "right now", "right away", "right this second", "this instant", "this minute",
            "immediately", "at once", "asap", "straight away", "instantly", "already", "again",
            "quick", "quickly", "fast", "there", "here", "right there", "right here", "too",
            "also", "as well", "man", "mate", "bro", "buddy", "dude", "folks", "everyone",
            "guys", "team", "ampersand", "real quick", "really quick", "real fast", "i have to go",
            "i need to go", "i gotta go", "gotta go", "ive got to go", "brb", "completely", "entirely", "altogether", "fully",
            "at the moment", "i mean it", "meanwhile", "in the meantime", "today", "for today",
            "for good", "dammit", "damn it", "for gods sake", "for heavens sake", "omg", "lol",
            "i said", "i repeat", "then", "after all", "actually", "instead of waiting",
            "going forward", "no matter what", "from where it left off",
            "from where they left off", "where it left off", "where they left off",
            "where you left off", "from where you left off", "where it stopped", "at this point",
            "just like that",
        ],
    ),
    (
        Tone::Polite,
        &[
            "please", "pls", "plz", "plese", "thanks", "thank you", "thank you very much",
            "thanks a lot", "many thanks", "thx", "tx", "ty", "cheers", "for me", "if possible",
            "if you can", "if you could", "if you dont mind", "if you would", "if you will",
            "if thats ok", "if thats okay", "if that is ok", "kindly", "would be great",
            "if its not too much trouble",
        ],
    ),
    (
        Tone::Briefly,
        &[
            "for now", "for the moment", "for the time being", "for a moment", "for a bit",
            "for a while", "for a sec", "for a second", "for a minute", "for a few minutes",
            "for a little while", "for a little bit", "for a little", "for one moment",
            "for one second", "for one sec", "a moment", "a sec", "a second", "a minute",
            "a bit", "just for now", "just a sec", "just a second", "just a moment",
            "just for a moment", "just for a second", "just for a minute", "just for a bit",
            "temporarily", "briefly", "until further notice", "till further notice",
            "until i say so", "till i say so", "until i say otherwise", "until i tell you",
            "until i tell you otherwise", "until i tell you to continue",
            "until i tell you to resume", "until im back", "till im back", "until i am back",
            "until i get back", "till i get back", "until i return", "until i come back",
            "till i come back", "until i resume it", "until i resume", "until i say go",
            "until later", "while i think", "while i think about it", "while im away",
            "while im in a meeting", "while im out", "while i am away", "while im at lunch",
            "while i have lunch", "while i get lunch", "until i decide", "for a break",
            "over lunch",
        ],
    ),
    (
        Tone::Tag,
        &[
            "ok", "okay", "k", "yeah", "right", "alright", "will you", "would you", "can you",
            "could you", "wont you", "can we", "shall we", "will ya", "is that ok",
            "is that okay", "if i may", "yes",
        ],
    ),
];

#[rustfmt::skip]
const INTERJECTIONS: &[&str] = &[
    "no", "nope", "nah", "no wait", "no no", "no no no", "wait", "wait wait", "oh no", "oh god",
    "oh my god", "wait a minute", "wait a second", "wait a sec", "wait a moment", "one moment",
    "one second", "one sec", "hold on a second", "hold on a sec", "hang on a second",
    "hang on a sec", "just a second", "just a sec", "just a moment", "what are you doing",
    "what the hell", "what the hell are you doing", "what the fuck", "what", "no way",
    "sorry about that", "my bad", "my mistake", "i mean it", "seriously", "thanks in advance",
    "much appreciated", "appreciate it", "got it", "understood", "i see", "makes sense",
    "good morning", "good evening", "good job", "well done", "nice work", "great work", "brb",
    "be right back", "emergency", "this is urgent", "urgent", "its urgent", "it is urgent",
    "asap", "hello there", "hi there", "hey there", "i said now", "do it", "do it now",
    "thats all", "that will be all", "thatll be all", "never mind that",
];

#[rustfmt::skip]
const REASONS: &[&str] = &[
    "it is", "its", "it uses", "it takes", "it keeps", "it seems", "it eats", "it costs",
    "it has", "it looks", "it went", "it makes", "it got", "that is", "thats", "that takes",
    "that costs", "this is", "they are", "theyre", "they use", "they keep", "they take",
    "i need the cpu", "i need the machine", "i need my machine", "i need my laptop",
    "i need the laptop", "i need the computer", "i need my computer", "i need the memory",
    "i need the ram", "i need the gpu", "i need my cpu", "i need some cpu", "i need more cpu",
    "i need the bandwidth", "i need the network", "i need the battery", "i need the disk",
    "i need the port", "i need the test runner", "i need the slot", "i need a slot",
    "i need the slots", "i need the resources", "i need some quiet", "i need quiet",
    "i need some time", "i need time", "i need to go", "i need to leave", "i need to think",
    "i need a break", "i need it", "i need to save", "i need to reboot", "i need to close",
    "i need to present", "i need the money", "i need my", "i have to go", "i have to leave",
    "i have to run", "i have a meeting", "i have a call", "ive got to go", "ive got a meeting",
    "ive got a call", "gotta go", "im going", "im leaving", "im off", "im out of",
    "im on battery", "im in a meeting", "im in a call", "im on a call", "im about to", "im done",
    "im running out", "im running low", "im low on", "im over budget", "im worried", "were done", "we are done", "i give up", "were finished",
    "i am worried", "i am out of", "i am running out", "ill be back", "ill be right back", "be right back", "be back", "i will be back",
    "i changed my mind", "ive changed my mind", "changed my mind", "change of plans",
    "changed plans", "i dont need", "we dont need", "dont need", "no longer needed",
    "not needed", "i made a mistake", "i was wrong", "ive seen enough", "i have seen enough",
    "i found", "ive found", "i forgot", "i started it by mistake", "that was a mistake",
    "my laptop", "my machine", "my computer", "my battery", "my fan", "my fans", "my mac",
    "my cpu", "the laptop", "the machine", "the fan", "the fans", "the cpu", "the battery",
    "the computer", "the build is", "we are out of", "were out of", "were over", "we are over",
    "we have enough", "theres", "there is", "too slow", "too expensive", "too much", "too loud",
    "too many", "lunch time", "lunchtime", "time for lunch", "somethings wrong",
    "something is wrong", "something went wrong", "wrong branch", "wrong repo",
    "wrong repository", "wrong task", "wrong one", "bad idea", "ran out of", "running out of",
    "low battery", "low on",
];
