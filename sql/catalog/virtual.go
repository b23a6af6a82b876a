package catalog

import "github.com/kalamsql/kalamsql/sql/types"

// Virtual describes a relation whose rows are made when they are read: the
// system's own views. Who makes them is registered with package exec under the
// relation's OID.
type Virtual struct {
	OID     OID
	Name    string
	Schema  OID
	Columns []*Column
	// Stored: PostgreSQL keeps it as a table, so that its rows have tableoid and
	// xmin after their columns.
	Stored bool
}

// restrictedRelations are those that not everybody may read, with the role whose members may
// besides superusers; 0: nobody.
var restrictedRelations = map[string]OID{
	"pg_authid": 0, "pg_shadow": 0, "pg_statistic": 0, "pg_statistic_ext_data": 0, "pg_user_mapping": 0, "pg_subscription": 0, "pg_largeobject": 0,
	"pg_hba_file_rules": 0, "pg_ident_file_mappings": 0, "pg_file_settings": 0, "pg_config": 0, "pg_replication_origin_status": 0,
	"pg_backend_memory_contexts": RoleReadAllStats, "pg_shmem_allocations": RoleReadAllStats,
}

// Grants are the privileges on the relation: everybody may read most.
func (v *Virtual) Grants() ACL {
	acl := ObjectACL(RolePostgres, PrivAllTable, 0)
	reader := RolePublic
	if v.Restricted() {
		if reader = restrictedRelations[v.Name]; reader == 0 {
			return acl
		}
	}
	return append(acl, ACLItem{reader, RolePostgres, PrivSelect})
}

// Restricted says whether not everybody may read the relation.
func (v *Virtual) Restricted() bool {
	_, restricted := restrictedRelations[v.Name]
	return restricted && v.Schema == SchemaPGCatalog
}

// ColumnGrants are the privileges on a column of it.
func (v *Virtual) ColumnGrants(c *Column) ACL {
	if v.Name == "pg_subscription" && v.Restricted() && c.Name != "subconninfo" {
		return ACL{{RolePublic, RolePostgres, PrivSelect}}
	}
	return ACL{}
}

func (v *Virtual) ObjectClass() Class { return ClassView }
func (v *Virtual) ObjectOID() OID     { return v.OID }
func (v *Virtual) ObjectName() string { return v.Name }
func (v *Virtual) Parent() OID        { return v.Schema }
func (v *Virtual) relation()          {}

type virtualName struct {
	schema OID
	name   string
}

var virtuals = map[virtualName]*Virtual{}

// RegisterVirtual adds a system view; it is called from package initialisation
// only.
func RegisterVirtual(v *Virtual) *Virtual {
	for i, c := range v.Columns {
		c.Num = int16(i + 1)
	}
	virtuals[virtualName{v.Schema, v.Name}] = v
	return v
}

// Virtuals lists the system views, in no order.
func Virtuals() []*Virtual {
	all := make([]*Virtual, 0, len(virtuals))
	for _, v := range virtuals {
		all = append(all, v)
	}
	return all
}

// SequenceView describes a sequence as the relation of one row that SELECT
// reads.
func SequenceView(q *Sequence) *Virtual {
	return &Virtual{OID: q.OID, Name: q.Name, Schema: q.Schema, Columns: []*Column{
		{Num: 1, Name: "last_value", Type: TypeRef{types.Int8}, Typmod: types.NoTypmod, NotNull: true},
		{Num: 2, Name: "log_cnt", Type: TypeRef{types.Int8}, Typmod: types.NoTypmod, NotNull: true},
		{Num: 3, Name: "is_called", Type: TypeRef{types.Boolean}, Typmod: types.NoTypmod, NotNull: true},
	}}
}
