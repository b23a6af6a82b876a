package catalog

import "slices"

// OIDs of the predefined roles, PostgreSQL's except that of pg_signal_backend, which
// kalam_user had before.
const (
	RoleMonitor              OID = 3373
	RoleReadAllSettings      OID = 3374
	RoleReadAllStats         OID = 3375
	RoleStatScanTables       OID = 3377
	RoleSignalBackend        OID = 4201
	RoleCheckpoint           OID = 4544
	RoleReadServerFiles      OID = 4569
	RoleWriteServerFiles     OID = 4570
	RoleExecuteServerProgram OID = 4571
	RoleDatabaseOwner        OID = 6171
	RoleReadAllData          OID = 6181
	RoleWriteAllData         OID = 6182
)

// predefinedRoles belong to every server and are not stored, until one is made a member
// of another.
var predefinedRoles = []*Role{
	predefinedRole(RoleMonitor, "pg_monitor", RoleReadAllSettings, RoleReadAllStats, RoleStatScanTables),
	predefinedRole(RoleReadAllSettings, "pg_read_all_settings"),
	predefinedRole(RoleReadAllStats, "pg_read_all_stats"),
	predefinedRole(RoleStatScanTables, "pg_stat_scan_tables"),
	predefinedRole(RoleSignalBackend, "pg_signal_backend"),
	predefinedRole(RoleCheckpoint, "pg_checkpoint"),
	predefinedRole(RoleReadServerFiles, "pg_read_server_files"),
	predefinedRole(RoleWriteServerFiles, "pg_write_server_files"),
	predefinedRole(RoleExecuteServerProgram, "pg_execute_server_program"),
	predefinedRole(RoleDatabaseOwner, "pg_database_owner"),
	predefinedRole(RoleReadAllData, "pg_read_all_data"),
	predefinedRole(RoleWriteAllData, "pg_write_all_data"),
}

func predefinedRole(oid OID, name string, memberOf ...OID) *Role {
	r := &Role{OID: oid, Name: name, Inherit: true, ConnLimit: -1}
	for _, m := range memberOf {
		if r.MemberOf == nil {
			r.MemberOf = map[OID]bool{}
		}
		r.MemberOf[m] = false
	}
	return r
}

// Predefined says whether a role belongs to every server and can be neither changed nor
// dropped.
func (r *Role) Predefined() bool {
	return slices.ContainsFunc(predefinedRoles, func(p *Role) bool { return p.OID == r.OID })
}
