//! The queries that the fake reads: `SELECT a, b FROM Object WHERE field IN ('x', 'y')`, `field = 'x'`, `LIMIT n`.

/// A query, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) fields: Vec<String>,
    pub(super) object: String,
    /// A field and the values that it may have.
    pub(super) filter: Option<(String, Vec<Literal>)>,
    pub(super) limit: Option<usize>,
}

/// A value in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Number(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// Reads a query; `Err` is what the vendor would say of it.
pub(super) fn parse(text: &str) -> Result<Query, String> {
    let mut tokens = tokens(text)?.into_iter().peekable();
    let mut next = || tokens.next().ok_or_else(|| "unexpected end of query".to_owned());
    expect_word(&next()?, "SELECT")?;
    let mut fields = vec![word(next()?)?];
    let from = loop {
        match next()? {
            Token::Sign(',') => fields.push(word(next()?)?),
            other => break other,
        }
    };
    expect_word(&from, "FROM")?;
    let object = word(next()?)?;
    let mut query = Query { fields, object, filter: None, limit: None };
    while let Ok(token) = next() {
        let clause = word(token)?.to_uppercase();
        match clause.as_str() {
            "WHERE" => {
                let field = word(next()?)?;
                query.filter = Some((field, values(&mut next)?));
            }
            "LIMIT" => query.limit = Some(word(next()?)?.parse().map_err(|_| "LIMIT needs a number".to_owned())?),
            _ => return Err(format!("unexpected token: {clause}")),
        }
    }
    Ok(query)
}

fn values(next: &mut impl FnMut() -> Result<Token, String>) -> Result<Vec<Literal>, String> {
    match next()? {
        Token::Sign('=') => Ok(vec![literal(next()?)?]),
        token => {
            expect_word(&token, "IN")?;
            if next()? != Token::Sign('(') {
                return Err("IN needs a list".into());
            }
            let mut values = vec![literal(next()?)?];
            loop {
                match next()? {
                    Token::Sign(',') => values.push(literal(next()?)?),
                    Token::Sign(')') => return Ok(values),
                    _ => return Err("unexpected token in a list".into()),
                }
            }
        }
    }
}

fn literal(token: Token) -> Result<Literal, String> {
    match token {
        Token::Text(text) => Ok(Literal::Text(text)),
        Token::Word(word) if word.parse::<f64>().is_ok() => Ok(Literal::Number(word)),
        Token::Word(_) | Token::Sign(_) => Err("a value is expected".into()),
    }
}

fn word(token: Token) -> Result<String, String> {
    match token {
        Token::Word(word) => Ok(word),
        Token::Text(_) | Token::Sign(_) => Err("a name is expected".into()),
    }
}

fn expect_word(token: &Token, wanted: &str) -> Result<(), String> {
    match token {
        Token::Word(word) if word.eq_ignore_ascii_case(wanted) => Ok(()),
        _ => Err(format!("{wanted} is expected")),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            c if c.is_whitespace() => {}
            '\'' => tokens.push(Token::Text(quoted(&mut characters)?)),
            ',' | '(' | ')' | '=' => tokens.push(Token::Sign(character)),
            c if c.is_alphanumeric() || "_.-".contains(c) => {
                let mut word = String::from(c);
                while let Some(more) = characters.next_if(|c| c.is_alphanumeric() || "_.-".contains(*c)) {
                    word.push(more);
                }
                tokens.push(Token::Word(word));
            }
            _ => return Err("unexpected character".into()),
        }
    }
    Ok(tokens)
}

/// The rest of a quoted text, with Salesforce's escapes: `\' \" \\ \n \r \t \b \f \_ \%`.
fn quoted(characters: &mut impl Iterator<Item = char>) -> Result<String, String> {
    let mut text = String::new();
    let open = || "a quotation is not closed".to_owned();
    loop {
        match characters.next().ok_or_else(open)? {
            '\'' => return Ok(text),
            '\\' => text.push(match characters.next().ok_or_else(open)? {
                'n' | 'N' => '\n',
                'r' | 'R' => '\r',
                't' | 'T' => '\t',
                'b' | 'B' => '\u{8}',
                'f' | 'F' => '\u{c}',
                same @ ('\'' | '"' | '\\' | '_' | '%') => same,
                _ => return Err("an escape that is not known".into()),
            }),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read() {
        let query = parse(r"select Id, Ext__c from Contact where Ext__c in ('a\'b', '\\n', 'c') limit 5").unwrap();
        assert_eq!((query.fields.len(), query.object.as_str(), query.limit), (2, "Contact", Some(5)));
        let values = ["a'b", "\\n", "c"].map(|text| Literal::Text(text.into())).to_vec();
        assert_eq!(query.filter, Some(("Ext__c".into(), values)));
        let query = parse("SELECT Id FROM Contact WHERE Number__c = 12.5").unwrap();
        assert_eq!(query.filter, Some(("Number__c".into(), vec![Literal::Number("12.5".into())])));
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for wrong in [
            "",
            "SELECT FROM x",
            "SELECT Id FROM Contact WHERE a IN ()",
            "SELECT Id FROM Contact WHERE a = 'x",
            r"SELECT Id FROM Contact WHERE a = '\x'",
            "SELECT Id FROM Contact ORDER",
            "SELECT Id FROM Contact; DELETE",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
