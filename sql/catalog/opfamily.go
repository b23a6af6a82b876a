package catalog

import (
	_ "embed" // PostgreSQL's operator families
	"strconv"
	"strings"
	"sync"
)

// OperatorFamilyRows are the rows of PostgreSQL 15's pg_opfamily, in COPY's text format:
// oid, opfmethod, opfname, opfnamespace, opfowner.
//
//go:embed pg15/pg_opfamily.tsv
var OperatorFamilyRows string

// builtinFamilies are those by the access method and the name.
var builtinFamilies = sync.OnceValue(func() map[name]OID {
	out := map[name]OID{}
	for line := range strings.Lines(OperatorFamilyRows) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		oid, err := strconv.ParseUint(f[0], 10, 32)
		method, methodErr := strconv.ParseUint(f[1], 10, 32)
		if err != nil || methodErr != nil {
			panic("catalog: recorded operator family " + line)
		}
		out[name{parent: OID(method), name: f[2]}] = OID(oid)
	}
	return out
})

// FamilyOperator is an operator of an operator family, for a strategy.
type FamilyOperator struct {
	OID         OID
	Strategy    int
	Left, Right OID // types
	Operator    OID
	// Sort is the family that the operator's results are ordered by; 0: it is for searches.
	Sort OID `json:",omitempty"`
}

// FamilyFunction is a support function of an operator family.
type FamilyFunction struct {
	OID         OID
	Number      int
	Left, Right OID // types
	Function    OID
}

// FamilyMembers are the operators and functions that a class has brought to its family, or
// that have been added to a family.
type FamilyMembers struct {
	Operators []FamilyOperator `json:",omitempty"`
	Functions []FamilyFunction `json:",omitempty"`
}

// OperatorFamily describes an operator family that a user has made. It is a definition:
// indexes go by the built-in ones.
type OperatorFamily struct {
	Definition
	Method OID
	FamilyMembers
}

// UserClass describes an operator class that a user has made; it is a definition too.
type UserClass struct {
	Definition
	Method OID
	Family OID
	Input  TypeRef
	// Key is the type that is stored, or 0.
	Key     OID  `json:",omitempty"`
	Default bool `json:",omitempty"`
	FamilyMembers
}

// Conversion describes an encoding conversion. There is one encoding of databases, which
// clients get converted by code of the server: it is a definition.
type Conversion struct {
	Definition
	// From and To are the numbers of encodings.
	From, To int
	Function OID
	Default  bool
}

// ProceduralLanguage describes a language that a user has made. Functions cannot be
// written in it: nothing here calls handlers.
type ProceduralLanguage struct {
	Definition
	Handler, Inline, Validator OID
	Trusted                    bool
}

// ObjectClass implements Object.
func (f *OperatorFamily) ObjectClass() Class { return ClassOperatorFamily }

// ObjectClass implements Object.
func (c *UserClass) ObjectClass() Class { return ClassOperatorClass }

// ObjectClass implements Object.
func (c *Conversion) ObjectClass() Class { return ClassConversion }

// ObjectClass implements Object.
func (l *ProceduralLanguage) ObjectClass() Class { return ClassProceduralLanguage }

// Copy implements Defined.
func (f *OperatorFamily) Copy() Defined { c := *f; return &c }

// Copy implements Defined.
func (c *UserClass) Copy() Defined { d := *c; return &d }

// Copy implements Defined.
func (c *Conversion) Copy() Defined { d := *c; return &d }

// Copy implements Defined.
func (l *ProceduralLanguage) Copy() Defined { c := *l; return &c }

// MethodName is the name of the access method.
func (f *OperatorFamily) MethodName() string { return methodName(f.Method) }

// MethodName is the name of the access method.
func (c *UserClass) MethodName() string { return methodName(c.Method) }

func methodName(oid OID) string {
	if m := AccessMethodByOID(oid); m != nil {
		return m.Name
	}
	return ""
}

// FamilyNamed is the OID of the built-in operator family of a name; 0 if there is none.
func FamilyNamed(family, method string) OID {
	m := AccessMethodNamed(method)
	if m == nil || family == "" {
		return 0
	}
	return builtinFamilies()[name{parent: m.OID, name: family}]
}
