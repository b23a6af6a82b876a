package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// definedKind is a kind of objects whose statements are the same but for the words.
type definedKind struct {
	words  []string
	object ast.ObjectType
	// qualified: the name may have a schema; method: an access method follows it.
	qualified, method bool
}

var definedKinds = []definedKind{
	{words: []string{"foreign", "data", "wrapper"}, object: "foreign data wrapper"},
	{words: []string{"server"}, object: "server"},
	{words: []string{"event", "trigger"}, object: "event trigger"},
	{words: []string{"access", "method"}, object: "access method"},
	{words: []string{"language"}, object: "language"},
	{words: []string{"procedural", "language"}, object: "language"},
	{words: []string{"publication"}, object: "publication"},
	{words: []string{"subscription"}, object: "subscription"},
	{words: []string{"collation"}, object: "collation", qualified: true},
	{words: []string{"conversion"}, object: "conversion", qualified: true},
	{words: []string{"text", "search", "parser"}, object: "text search parser", qualified: true},
	{words: []string{"text", "search", "template"}, object: "text search template", qualified: true},
	{words: []string{"text", "search", "dictionary"}, object: "text search dictionary", qualified: true},
	{words: []string{"text", "search", "configuration"}, object: "text search configuration", qualified: true},
	{words: []string{"operator", "class"}, object: "operator class", qualified: true, method: true},
	{words: []string{"operator", "family"}, object: "operator family", qualified: true, method: true},
}

// definedKind finds the kind whose words are here; nil if there is none.
func (p *parser) definedKind() *definedKind {
	for i := range definedKinds {
		if p.isSeq(definedKinds[i].words...) {
			return &definedKinds[i]
		}
	}
	return nil
}

// definedName parses the words of a kind and a name.
func (p *parser) definedName(k *definedKind) (name *ast.Name, method string) {
	p.expect(k.words...)
	return p.nameOfKind(k)
}

// nameOfKind parses the name of an object of a kind, with its access method.
func (p *parser) nameOfKind(k *definedKind) (name *ast.Name, method string) {
	if k.qualified {
		name = p.anyName()
	} else {
		name = &ast.Name{Loc: p.loc()}
		name.Parts = []string{p.colID()}
	}
	if k.method {
		p.expect("using")
		method = p.colID()
	}
	return name, method
}

// dropDefined parses DROP of one of definedKinds; nil if it is none.
func (p *parser) dropDefined(start int) ast.Statement {
	k := p.definedKind()
	if k == nil || k.object == "collation" || k.object == "conversion" {
		return nil
	}
	end := p.followed(start, "drop", "")
	p.expect("drop")
	p.expect(k.words...)
	s := &ast.DropStmt{Object: k.object, IfExists: p.ifExists()}
	for {
		var name *ast.Name
		name, s.Method = p.nameOfKind(k)
		s.Names = append(s.Names, name)
		if !p.accept(",") {
			break
		}
	}
	s.Cascade = p.dropBehavior()
	p.at = end
	return s
}

// alterDefined parses ALTER ... RENAME, OWNER and SET SCHEMA of one of definedKinds; nil if
// it is something else.
func (p *parser) alterDefined(start int) ast.Statement {
	k := p.definedKind()
	if k == nil {
		return nil
	}
	end := p.followed(start, "alter", "")
	p.expect("alter")
	name, method := p.definedName(k)
	var s ast.Statement
	switch {
	case p.takeSeq("rename", "to"):
		s = &ast.RenameStmt{Object: k.object, Name: name, Method: method, NewName: p.colID()}
	case p.takeSeq("owner", "to"):
		s = &ast.AlterOwnerStmt{Object: k.object, Name: name, Method: method, Owner: p.roleSpec()}
	case k.qualified && p.takeSeq("set", "schema"):
		s = &ast.AlterObjectSchemaStmt{Object: k.object, Name: name, Method: method, NewSchema: p.colID()}
	default:
		p.at = start
		return nil
	}
	p.at = end
	return s
}
