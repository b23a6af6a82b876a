package catalog

// TSParser describes a text search parser that a user has made: a definition, of functions
// that the server alone calls.
type TSParser struct {
	Definition
	Start, Token, End, Headline, Types OID
}

// TSTemplate describes a text search template that a user has made: its functions are the
// built-in ones.
type TSTemplate struct {
	Definition
	Init, Lexize OID
}

// TSOption is an option of a dictionary.
type TSOption struct{ Name, Value string }

// TSDictionary describes a text search dictionary that a user has made.
type TSDictionary struct {
	Definition
	Template OID
	// Lexize is the function of its template that makes lexemes.
	Lexize  OID
	Options []TSOption `json:",omitempty"`
}

// TSMapping says which dictionaries a kind of token goes to, in turn.
type TSMapping struct {
	Kind         int
	Dictionaries []OID
}

// TSConfiguration describes a text search configuration that a user has made.
type TSConfiguration struct {
	Definition
	Parser OID
	// Map is in the order of the kinds.
	Map []TSMapping `json:",omitempty"`
}

// ObjectClass implements Object.
func (p *TSParser) ObjectClass() Class { return ClassTSParser }

// ObjectClass implements Object.
func (t *TSTemplate) ObjectClass() Class { return ClassTSTemplate }

// ObjectClass implements Object.
func (d *TSDictionary) ObjectClass() Class { return ClassTSDictionary }

// ObjectClass implements Object.
func (c *TSConfiguration) ObjectClass() Class { return ClassTSConfiguration }

// Copy implements Defined.
func (p *TSParser) Copy() Defined { c := *p; return &c }

// Copy implements Defined.
func (t *TSTemplate) Copy() Defined { c := *t; return &c }

// Copy implements Defined.
func (d *TSDictionary) Copy() Defined { c := *d; return &c }

// Copy implements Defined.
func (c *TSConfiguration) Copy() Defined { d := *c; return &d }
