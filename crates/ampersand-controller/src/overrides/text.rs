//! From typed characters to tokens: folds width, case, accents, quotes and traditional characters
//! away, and keeps of punctuation only what the grammar reads. Knows no word of any language.

/// Longer messages are prose or code, never an override; the bound also caps the work.
const LONGEST_CHARS: usize = 400;
const LONGEST_TOKENS: usize = 48;

/// The smallest thing the grammar sees.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Token {
    /// A lower-case word, or one Chinese character.
    Word(String),
    /// A pause inside a sentence: comma, colon, dash.
    Comma,
    /// The end of a sentence.
    Stop,
    /// A question mark.
    Ask,
    /// Words somebody put in quotation marks or backticks.
    Quoted(Vec<Self>),
    /// The full title of the standing task at this index.
    Title(usize),
    /// Brackets, operators, slashes: what code has and requests do not. Nothing matches it.
    Code,
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Tokens of a message; nothing for one too long to be an override, or with bytes in it that were no text.
pub(super) fn read(text: &str) -> Option<Vec<Token>> {
    if text.chars().nth(LONGEST_CHARS).is_some() || text.contains(char::REPLACEMENT_CHARACTER) {
        return None;
    }
    let tokens = tokens(text);
    (tokens.len() <= LONGEST_TOKENS).then_some(tokens)
}

/// Tokens of any text, however long.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = fold(text);
    split(&chars)
}

/// Whether the character is a word of its own, as Chinese characters are here.
pub(super) const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

fn split(chars: &[char]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let before = at.checked_sub(1).and_then(|i| chars.get(i)).copied();
        let after = chars.get(at + 1).copied();
        if is_han(c) {
            tokens.push(Token::Word(c.to_string()));
        } else if c.is_alphanumeric() {
            let (word, next) = word_from(chars, at);
            tokens.push(Token::Word(word));
            at = next;
            continue;
        } else if let Some(close) = closing_quote(chars, at, before, after) {
            tokens.push(Token::Quoted(split(&chars[at + 1..close])));
            at = close;
        } else if is_smile(c, after) {
            at += 1;
        } else {
            tokens.extend(mark(c, before, after));
        }
        at += 1;
    }
    tokens
}

fn word_from(chars: &[char], from: usize) -> (String, usize) {
    let mut word = String::new();
    let mut at = from;
    while let Some(&c) = chars.get(at) {
        let inside = chars
            .get(at + 1)
            .is_some_and(|next| next.is_alphanumeric() && !is_han(*next));
        match c {
            _ if c.is_alphanumeric() && !is_han(c) => word.push(c),
            '.' | '_' if inside => word.push(c),
            '\'' if inside => {}
            _ => break,
        }
        at += 1;
    }
    (word, at)
}

/// Where the quotation opened at `at` closes, if it opens one.
fn closing_quote(
    chars: &[char],
    at: usize,
    before: Option<char>,
    after: Option<char>,
) -> Option<usize> {
    let quote = chars[at];
    let opens = match quote {
        '"' | '`' => true,
        '\'' => {
            !before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
        }
        _ => false,
    };
    if !opens {
        return None;
    }
    (at + 2..chars.len()).find(|&end| {
        chars[end] == quote
            && (quote != '\''
                || !chars
                    .get(end + 1)
                    .is_some_and(|next| next.is_alphanumeric()))
    })
}

fn is_smile(c: char, after: Option<char>) -> bool {
    matches!(c, ':' | ';') && matches!(after, Some(')' | '(' | '|'))
}

fn mark(c: char, before: Option<char>, after: Option<char>) -> Option<Token> {
    let spaced = |side: Option<char>| side.is_none_or(char::is_whitespace);
    match c {
        ',' | ':' => Some(Token::Comma),
        '-' if spaced(before) || spaced(after) || after == Some('-') => Some(Token::Comma),
        '.' | '!' | ';' | '\n' => Some(Token::Stop),
        '?' => Some(Token::Ask),
        '&' | '+' => Some(Token::Word("and".to_owned())),
        '(' if !before.is_some_and(|c| c.is_alphanumeric() && !is_han(c)) => Some(Token::Comma),
        ')' if before.is_some_and(char::is_alphanumeric) => Some(Token::Comma),
        '"' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | '=' | '<' | '>' | '/' | '\\' | '|'
        | '$' | '%' => Some(Token::Code),
        _ => None,
    }
}

fn fold(text: &str) -> Vec<char> {
    let mut folded = Vec::with_capacity(text.len());
    for c in text.chars() {
        match narrowed(c) {
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{00ad}'
            | '\u{0300}'..='\u{036f}' => {}
            'ﬀ' => folded.extend("ff".chars()),
            'ﬁ' => folded.extend("fi".chars()),
            'ﬂ' => folded.extend("fl".chars()),
            '—' | '―' => folded.extend(" - ".chars()),
            c => folded.extend(
                c.to_lowercase()
                    .filter(|c| !matches!(c, '\u{0300}'..='\u{036f}'))
                    .map(plain),
            ),
        }
    }
    folded
}

/// Full-width forms and typographic marks as their ASCII selves.
fn narrowed(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '‘' | '’' | 'ʼ' | '´' | '‛' => '\'',
        '“' | '”' | '„' | '«' | '»' | '「' | '」' | '『' | '』' | '《' | '》' => '"',
        '‐' | '‑' | '‒' | '–' | '−' => '-',
        '。' | '…' | '｡' => '.',
        '、' => ',',
        '\r' => '\n',
        c if c.is_whitespace() && c != '\n' => ' ',
        c => c,
    }
}

/// Base letter of an accented one; simplified form of a traditional character.
fn plain(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    FOLDED
        .iter()
        .find(|(_, from)| from.contains(c))
        .map_or_else(|| simplified(c), |(to, _)| *to)
}

fn simplified(c: char) -> char {
    TRADITIONAL
        .iter()
        .find(|(traditional, _)| *traditional == c)
        .map_or(c, |(_, simple)| *simple)
}

const FOLDED: &[(char, &str)] = &[
    ('a', "àáâãäåāăą"),
    ('c', "çćĉċč"),
    ('d', "ďđ"),
    ('e', "èéêëēĕėęě"),
    ('g', "ĝğġģ"),
    ('i', "ìíîïĩīĭįı"),
    ('l', "ĺļľł"),
    ('n', "ñńņň"),
    ('o', "òóôõöøōŏő"),
    ('r', "ŕŗř"),
    ('s', "śŝşš"),
    ('t', "ţťŧ"),
    ('u', "ùúûüũūŭůűų"),
    ('y', "ýÿŷ"),
    ('z', "źżž"),
];

const TRADITIONAL: &[(char, char)] = &[
    ('暫', '暂'),
    ('繼', '继'),
    ('續', '续'),
    ('務', '务'),
    ('個', '个'),
    ('這', '这'),
    ('該', '该'),
    ('終', '终'),
    ('結', '结'),
    ('請', '请'),
    ('煩', '烦'),
    ('嗎', '吗'),
    ('麼', '么'),
    ('後', '后'),
    ('臺', '台'),
    ('掃', '扫'),
    ('構', '构'),
    ('測', '测'),
    ('試', '试'),
    ('關', '关'),
    ('開', '开'),
    ('動', '动'),
    ('們', '们'),
    ('幫', '帮'),
    ('給', '给'),
    ('來', '来'),
    ('謝', '谢'),
    ('殺', '杀'),
    ('掛', '挂'),
    ('凍', '冻'),
    ('復', '复'),
    ('讓', '让'),
    ('運', '运'),
    ('執', '执'),
    ('進', '进'),
    ('餘', '余'),
    ('別', '别'),
    ('還', '还'),
    ('與', '与'),
    ('統', '统'),
    ('問', '问'),
    ('認', '认'),
    ('證', '证'),
    ('塊', '块'),
    ('調', '调'),
    ('檢', '检'),
    ('檔', '档'),
    ('將', '将'),
    ('為', '为'),
    ('現', '现'),
    ('馬', '马'),
    ('時', '时'),
    ('兩', '两'),
    ('會', '会'),
    ('對', '对'),
    ('過', '过'),
    ('剛', '刚'),
    ('間', '间'),
    ('錄', '录'),
    ('碼', '码'),
    ('庫', '库'),
    ('倉', '仓'),
];
