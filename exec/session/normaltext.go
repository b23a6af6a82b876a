package session

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// normalText is the text of a statement with parameters for its constants, and a number
// that statements share which differ in nothing but the values of constants, blanks and
// comments.
type normalText struct {
	text string
	id   int64
}

// constantPlace is a constant of a statement.
type constantPlace struct {
	at   int // byte offset
	kind ast.ConstKind
}

// normalise makes a statement's normal text: of one with a plan; any other is what it is.
// text begins at start in the string that the positions in the tree are of.
func normalise(text string, stmt ast.Statement, start int) *normalText {
	text = strings.TrimRight(text, "; \t\r\n\f\v")
	for text != "" && strings.IndexByte(" \t\r\n\f\v", text[0]) >= 0 {
		text, start = text[1:], start+1
	}
	tokens, _, err := parser.Tokens(text)
	if err != nil {
		return &normalText{text: text}
	}
	places, params := constantsOf(stmt), 0
	for _, t := range tokens {
		if t.Kind == parser.ParamToken {
			n, _ := strconv.Atoi(t.Text)
			params = max(params, n)
		}
	}
	h := fnv.New64a()
	var out strings.Builder
	done := 0
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t.Kind == parser.EndToken || t.Kind == parser.InvalidToken {
			break
		}
		at, found := slices.BinarySearchFunc(places, t.Pos+start, func(p constantPlace, pos int) int { return p.at - pos })
		if !found {
			h.Write([]byte{byte(t.Kind)})
			h.Write([]byte(t.Text))
			continue
		}
		if t.Kind == parser.OperatorToken && i+1 < len(tokens) { // the sign of a number
			i++
		}
		out.WriteString(text[done:t.Pos])
		params++
		out.WriteString("$" + strconv.Itoa(params))
		done = tokens[i].End
		h.Write([]byte{0xff, byte(places[at].kind)})
	}
	out.WriteString(text[done:])
	id := int64(binary.BigEndian.Uint64(h.Sum(nil)))
	if id == 0 {
		id = 1
	}
	return &normalText{text: out.String(), id: id}
}

// constantsOf finds the constants of a statement that has a plan, in their order. Those
// that name a column, in ORDER BY and GROUP BY, are none, nor are modifiers of types.
func constantsOf(stmt ast.Statement) (list []constantPlace) {
	if p, ok := stmt.(*ast.PrepareStmt); ok {
		stmt = p.Query
	}
	if !planned(stmt) {
		return nil
	}
	column := map[ast.Node]bool{}
	ast.Walk(stmt, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeName:
			return false
		case *ast.SelectStmt:
			names := func(e ast.Expr) {
				if c, ok := e.(*ast.Const); ok && c.Kind == ast.ConstInteger {
					column[c] = true
				}
			}
			for _, by := range n.OrderBy {
				names(by.Expr)
			}
			for _, g := range n.GroupBy {
				names(g.Expr)
			}
		case *ast.AExpr:
			if c, ok := n.Right.(*ast.Const); ok && n.Left == nil && len(n.Op) == 1 && n.Op[0] == "-" && (c.Kind == ast.ConstInteger || c.Kind == ast.ConstFloat) {
				list = append(list, constantPlace{n.Pos(), c.Kind})
				return false
			}
		case *ast.Const:
			if !column[n] && n.Pos() >= 0 {
				list = append(list, constantPlace{n.Pos(), n.Kind})
			}
		}
		return true
	})
	slices.SortFunc(list, func(a, b constantPlace) int { return a.at - b.at })
	return slices.CompactFunc(list, func(a, b constantPlace) bool { return a.at == b.at })
}

// planned says whether a statement has a plan, and is none that stands for CREATE TABLE AS.
func planned(stmt ast.Statement) bool {
	switch stmt := stmt.(type) {
	case *ast.SelectStmt:
		return stmt.Into == nil
	case *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
		return true
	}
	return false
}
