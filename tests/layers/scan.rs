//! Reads Rust source just well enough to know which paths it names.

/// Every path in a file, `use` trees expanded, comments, texts and unit tests left out.
pub(crate) fn paths(source: &str) -> Vec<Vec<String>> {
    let tokens = without_tests(&tokens(&bare(source)));
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" && tokens.get(at + 1).is_some_and(|next| next != "<") {
            at += 1;
            tree(&tokens, &mut at, &[], &mut paths);
        } else if is_word(&tokens[at]) {
            let in_visibility = at > 0 && tokens[at - 1] == "in";
            let path = chain(&tokens, &mut at);
            // A lone word is no path, nor is what `pub(in ...)` names.
            if path.len() > 1 && !in_visibility {
                paths.push(path);
            }
        } else {
            at += 1;
        }
    }
    paths
}

/// The source with comments and the insides of texts blanked.
pub(crate) fn bare(source: &str) -> String {
    let text: Vec<char> = source.chars().collect();
    let mut bare = String::new();
    let mut at = 0;
    while at < text.len() {
        let next = text.get(at + 1).copied();
        let end = match text[at] {
            '/' if next == Some('/') => find(&text, at, '\n'),
            '/' if next == Some('*') => block_comment_end(&text, at),
            '"' => text_end(&text, at),
            'r' if starts_raw(&text, at) => raw_end(&text, at),
            '\'' if is_char(&text, at) => char_end(&text, at),
            other => {
                bare.push(other);
                at += 1;
                continue;
            }
        };
        bare.push(' ');
        at = end;
    }
    bare
}

fn find(text: &[char], from: usize, what: char) -> usize {
    (from..text.len()).find(|&at| text[at] == what).unwrap_or(text.len())
}

fn block_comment_end(text: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0, from);
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn text_end(text: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Whether an `r` starts a raw text rather than being a part of a word.
fn starts_raw(text: &[char], at: usize) -> bool {
    let in_word = at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_');
    let byte = at > 0 && text[at - 1] == 'b' && (at < 2 || !text[at - 2].is_alphanumeric());
    let hashes = text[at + 1..].iter().take_while(|&&c| c == '#').count();
    (!in_word || byte) && text.get(at + 1 + hashes) == Some(&'"')
}

fn raw_end(text: &[char], from: usize) -> usize {
    let hashes = text[from + 1..].iter().take_while(|&&c| c == '#').count();
    let mut at = from + 2 + hashes;
    while at < text.len() {
        at = find(text, at, '"') + 1;
        if text[at.min(text.len())..].iter().take_while(|&&c| c == '#').count() >= hashes {
            break;
        }
    }
    at + hashes
}

/// Whether a quote starts a character rather than a lifetime.
fn is_char(text: &[char], at: usize) -> bool {
    text.get(at + 1) == Some(&'\\') || text.get(at + 2) == Some(&'\'')
}

fn char_end(text: &[char], at: usize) -> usize {
    // The quote of `'\''` is the one after the next.
    let skip = if text[at + 1] == '\\' { 3 } else { 2 };
    find(text, at + skip, '\'') + 1
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Words, `::`, and all else one character at a time.
fn tokens(bare: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = bare;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = match first {
            _ if word > 0 => word,
            _ if rest.starts_with("::") => 2,
            other => other.len_utf8(),
        };
        if !first.is_whitespace() {
            tokens.push(rest[..length].to_string());
        }
        rest = &rest[length..];
    }
    tokens
}

/// Leaves out every item that is marked `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].iter().take(MARK.len()).eq(MARK) {
            at = item_end(tokens, at + MARK.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The end of an item: its closing brace, or the semicolon of one that has no braces.
fn item_end(tokens: &[String], from: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 && (token == "}" || token == ";") {
            return at + 1;
        }
    }
    tokens.len()
}

/// A path of words, from a word on.
fn chain(tokens: &[String], at: &mut usize) -> Vec<String> {
    let mut path = vec![tokens[*at].clone()];
    *at += 1;
    while tokens.get(*at).is_some_and(|token| token == "::")
        && tokens.get(*at + 1).is_some_and(|token| is_word(token))
    {
        path.push(tokens[*at + 1].clone());
        *at += 2;
    }
    path
}

/// A `use` tree: everything under `prefix`, up to the comma, brace or semicolon that ends it.
fn tree(tokens: &[String], at: &mut usize, prefix: &[String], paths: &mut Vec<Vec<String>>) {
    let mut path = prefix.to_vec();
    while let Some(token) = tokens.get(*at) {
        match token.as_str() {
            "{" => {
                while tokens.get(*at).is_some_and(|token| token == "{" || token == ",") {
                    *at += 1;
                    if tokens.get(*at).is_some_and(|token| token != "}") {
                        tree(tokens, at, &path, paths);
                    }
                }
                *at += 1;
                return;
            }
            "," | "}" | ";" => break,
            "as" => *at += 1,
            // `self` in braces is the module itself; at the start it is where the path begins.
            "self" if !prefix.is_empty() => {}
            "::" => {}
            name => path.push(name.to_string()),
        }
        *at += 1;
    }
    paths.push(path);
}
