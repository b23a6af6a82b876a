package pgcatalog

import (
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// information_schema's views of the functions and procedures that users have made.

func init() {
	makes("information_schema.routines", infoRoutines)
	makes("information_schema.parameters", infoParameters)
	makes("information_schema.routine_privileges", func(s *Snapshot, out *rows) { routineGrants(s, out, true) })
	makes("information_schema.role_routine_grants", func(s *Snapshot, out *rows) { routineGrants(s, out, false) })
}

// usableRoutines lists the routines that the role owns or may call.
func (s *Snapshot) usableRoutines() (list []*catalog.Routine) {
	for _, r := range routinesOf(s) {
		if s.usable(r.Owner, r.Grants(), catalog.PrivExecute) {
			list = append(list, r)
		}
	}
	return list
}

// specific are the columns that name a routine among those of its name.
func (s *Snapshot) specific(r *catalog.Routine) []any {
	return []any{"specific_catalog", s.Database.Name, "specific_schema", s.schemaName(r.Schema), "specific_name", r.Name + "_" + strconv.FormatUint(uint64(r.OID), 10)}
}

func infoRoutines(s *Snapshot, out *rows) {
	for _, r := range s.usableRoutines() {
		language, body := strings.ToUpper(r.Language), "EXTERNAL"
		switch {
		case r.Library != "":
			language = "C"
		case r.Aggregate != nil:
			language = "INTERNAL"
		case r.Language == "":
			language, body = "SQL", "SQL"
		}
		definition := any(nil)
		if s.Catalog.OwnedBy(s.Role.OID, r.Owner) {
			definition = r.Source
		}
		kind, isNull := any("FUNCTION"), any(yesNo(r.Strict))
		switch {
		case r.Procedure:
			kind, isNull = "PROCEDURE", nil
		case r.Aggregate != nil:
			kind = nil
		}
		security := "INVOKER"
		if r.SecurityDefiner {
			security = "DEFINER"
		}
		pairs := append(s.specific(r), s.routineColumns(r, kind)...)
		pairs = append(pairs, "routine_body", body, "routine_definition", definition, "external_language", language, "sql_data_access", "MODIFIES", "is_null_call", isNull, "security_type", security)
		out.add(pairs...)
	}
}

// routineColumns are those that say what a routine is and gives.
func (s *Snapshot) routineColumns(r *catalog.Routine, kind any) []any {
	pairs := []any{"routine_catalog", s.Database.Name, "routine_schema", s.schemaName(r.Schema), "routine_name", r.Name, "routine_type", kind,
		"parameter_style", "GENERAL", "is_deterministic", yesNo(r.Volatility == 'i'), "schema_level_routine", "YES", "max_dynamic_result_sets", 0, "as_locator", "NO", "is_udt_dependent", "NO"}
	t := s.Catalog.TypeByOID(r.Result.OID)
	if r.Procedure || t == nil {
		return pairs
	}
	return append(pairs, "data_type", dataType(t), "type_udt_catalog", s.Database.Name, "type_udt_schema", typeSchema(t), "type_udt_name", t.Name, "dtd_identifier", "0")
}

// parameterModes are what proargmodes stand for.
var parameterModes = map[byte]string{'i': "IN", 'o': "OUT", 'b': "INOUT", 'v': "IN", 't': "OUT"}

func infoParameters(s *Snapshot, out *rows) {
	for _, r := range s.usableRoutines() {
		for i := range r.Params {
			p := &r.Params[i]
			t := s.Catalog.TypeByOID(p.Type.OID)
			if t == nil {
				continue
			}
			standard := any(nil)
			if p.Default != "" && s.Catalog.OwnedBy(s.Role.OID, r.Owner) {
				standard = p.Default
			}
			pairs := append(s.specific(r), "ordinal_position", i+1, "parameter_mode", parameterModes[p.Mode], "is_result", "NO", "as_locator", "NO", "parameter_name", orNull(p.Name),
				"data_type", dataType(t), "udt_catalog", s.Database.Name, "udt_schema", typeSchema(t), "udt_name", t.Name, "dtd_identifier", decimal(int64(i+1)), "parameter_default", standard)
			out.add(pairs...)
		}
	}
}

// routineGrants lists who may call what, of what concerns the role.
func routineGrants(s *Snapshot, out *rows, public bool) {
	for _, r := range routinesOf(s) {
		s.grantsOf(r.Owner, r.Grants(), catalog.PrivExecute, public, func(grantor, grantee string, p privilege, grantable bool) {
			pairs := append([]any{"grantor", grantor, "grantee", grantee}, s.specific(r)...)
			out.add(append(pairs, "routine_catalog", s.Database.Name, "routine_schema", s.schemaName(r.Schema), "routine_name", r.Name, "privilege_type", p.name,
				"is_grantable", yesNo(grantable))...)
		})
	}
}
