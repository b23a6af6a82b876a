package parser

import "github.com/kalamsql/kalamsql/sql/sqlerr"

// TokenKind is the kind of a Token.
type TokenKind uint8

// The kinds of tokens.
const (
	EndToken      TokenKind = iota // of the text
	WordToken                      // unquoted, folded; may be a keyword
	QuotedToken                    // "quoted", decoded
	StringToken                    // decoded
	NumberToken                    // as it is written, in decimal
	ParamToken                     // $n; the text is n
	OperatorToken                  // an operator or punctuation
	InvalidToken                   // the text is none from here on
)

// Token is one token of PostgreSQL's lexer, for a language whose grammar is not
// SQL's: PL/pgSQL.
type Token struct {
	Kind     TokenKind
	Text     string
	Pos, End int // byte offsets
}

// Tokens scans a text. What is wrong with it is invalid, which the grammar reports
// once it gets to the last token, of the kind InvalidToken; err is about the text's
// encoding.
func Tokens(src string) (list []Token, invalid *sqlerr.Error, err error) {
	l, err := lex(src)
	if err != nil {
		return nil, nil, err
	}
	kinds := [...]TokenKind{tokEOF: EndToken, tokIdent: WordToken, tokQuoted: QuotedToken, tokString: StringToken, tokBit: StringToken,
		tokInteger: NumberToken, tokNumber: NumberToken, tokParam: ParamToken, tokOp: OperatorToken, tokError: InvalidToken}
	list = make([]Token, len(l.toks))
	for i, t := range l.toks {
		list[i] = Token{Kind: kinds[t.kind], Text: t.text, Pos: t.pos, End: t.end}
	}
	return list, l.failed, nil
}
