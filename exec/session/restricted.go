package session

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// restricted are the built-in functions that PostgreSQL lets not everybody call, by the names
// that the host is asked for, with the role whose members may besides superusers; 0: nobody.
var restricted = map[string]struct {
	name string
	role catalog.OID
}{
	"pg_stat_reset":                       {"pg_stat_reset", 0},
	"pg_stat_reset_single_table_counters": {"pg_stat_reset_single_table_counters", 0},
	"pg_promote":                          {"pg_promote", 0},
	"pg_wal_replay_pause":                 {"pg_wal_replay_pause", 0},
	"pg_wal_replay_resume":                {"pg_wal_replay_resume", 0},
	"pg_hba_file_rules":                   {"pg_hba_file_rules", 0},
	"pg_ident_file_mappings":              {"pg_ident_file_mappings", 0},
	"show_all_file_settings":              {"pg_show_all_file_settings", 0},
	"pg_show_replication_origin_status":   {"pg_show_replication_origin_status", 0},
	"pg_config":                           {"pg_config", 0},
	"pg_get_backend_memory_contexts":      {"pg_get_backend_memory_contexts", catalog.RoleReadAllStats},
	"pg_get_shmem_allocations":            {"pg_get_shmem_allocations", catalog.RoleReadAllStats},
}

// mayCallHost refuses a function that the role may not call.
func (s *Session) mayCallHost(function string) error {
	r, ok := restricted[function]
	if !ok || s.role().Superuser || r.role != 0 && s.catalog().HasPrivilegesOf(s.role().OID, r.role) {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for function %s", r.name)
}
