package types

// The built-in types, with the values PostgreSQL 15's pg_type has for them.
var (
	Boolean               = define(&Type{OID: 16, Name: "bool", SQLName: "boolean", Kind: 'b', Category: 'B', Preferred: true, Len: 1, ByVal: true, Align: 'c', Delim: ','}, arrayOf(1000, "_bool", "boolean[]", 'i'))
	Bytea                 = define(&Type{OID: 17, Name: "bytea", SQLName: "bytea", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1001, "_bytea", "bytea[]", 'i'))
	Char                  = define(&Type{OID: 18, Name: "char", SQLName: "\"char\"", Kind: 'b', Category: 'Z', Preferred: false, Len: 1, ByVal: true, Align: 'c', Delim: ','}, arrayOf(1002, "_char", "\"char\"[]", 'i'))
	Name                  = define(&Type{OID: 19, Name: "name", SQLName: "name", Kind: 'b', Category: 'S', Preferred: false, Len: 64, ByVal: false, Align: 'c', Delim: ','}, arrayOf(1003, "_name", "name[]", 'i'))
	Int8                  = define(&Type{OID: 20, Name: "int8", SQLName: "bigint", Kind: 'b', Category: 'N', Preferred: false, Len: 8, ByVal: true, Align: 'd', Delim: ','}, arrayOf(1016, "_int8", "bigint[]", 'd'))
	Int2                  = define(&Type{OID: 21, Name: "int2", SQLName: "smallint", Kind: 'b', Category: 'N', Preferred: false, Len: 2, ByVal: true, Align: 's', Delim: ','}, arrayOf(1005, "_int2", "smallint[]", 'i'))
	Int2Vector            = define(&Type{OID: 22, Name: "int2vector", SQLName: "int2vector", Kind: 'b', Category: 'A', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1006, "_int2vector", "int2vector[]", 'i'))
	Int4                  = define(&Type{OID: 23, Name: "int4", SQLName: "integer", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(1007, "_int4", "integer[]", 'i'))
	RegProc               = define(&Type{OID: 24, Name: "regproc", SQLName: "regproc", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(1008, "_regproc", "regproc[]", 'i'))
	Text                  = define(&Type{OID: 25, Name: "text", SQLName: "text", Kind: 'b', Category: 'S', Preferred: true, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1009, "_text", "text[]", 'i'))
	Oid                   = define(&Type{OID: 26, Name: "oid", SQLName: "oid", Kind: 'b', Category: 'N', Preferred: true, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(1028, "_oid", "oid[]", 'i'))
	TID                   = define(&Type{OID: 27, Name: "tid", SQLName: "tid", Kind: 'b', Category: 'U', Preferred: false, Len: 6, ByVal: false, Align: 's', Delim: ','}, arrayOf(1010, "_tid", "tid[]", 'i'))
	XID                   = define(&Type{OID: 28, Name: "xid", SQLName: "xid", Kind: 'b', Category: 'U', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(1011, "_xid", "xid[]", 'i'))
	CID                   = define(&Type{OID: 29, Name: "cid", SQLName: "cid", Kind: 'b', Category: 'U', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(1012, "_cid", "cid[]", 'i'))
	OidVector             = define(&Type{OID: 30, Name: "oidvector", SQLName: "oidvector", Kind: 'b', Category: 'A', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1013, "_oidvector", "oidvector[]", 'i'))
	JSONText              = define(&Type{OID: 114, Name: "json", SQLName: "json", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(199, "_json", "json[]", 'i'))
	XML                   = define(&Type{OID: 142, Name: "xml", SQLName: "xml", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(143, "_xml", "xml[]", 'i'))
	PGNodeTree            = define(&Type{OID: 194, Name: "pg_node_tree", SQLName: "pg_node_tree", Kind: 'b', Category: 'Z', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, nil)
	Point                 = define(&Type{OID: 600, Name: "point", SQLName: "point", Kind: 'b', Category: 'G', Preferred: false, Len: 16, ByVal: false, Align: 'd', Delim: ','}, arrayOf(1017, "_point", "point[]", 'd'))
	Lseg                  = define(&Type{OID: 601, Name: "lseg", SQLName: "lseg", Kind: 'b', Category: 'G', Preferred: false, Len: 32, ByVal: false, Align: 'd', Delim: ','}, arrayOf(1018, "_lseg", "lseg[]", 'd'))
	Path                  = define(&Type{OID: 602, Name: "path", SQLName: "path", Kind: 'b', Category: 'G', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, arrayOf(1019, "_path", "path[]", 'd'))
	Box                   = define(&Type{OID: 603, Name: "box", SQLName: "box", Kind: 'b', Category: 'G', Preferred: false, Len: 32, ByVal: false, Align: 'd', Delim: ';'}, arrayOf(1020, "_box", "box[]", 'd'))
	Polygon               = define(&Type{OID: 604, Name: "polygon", SQLName: "polygon", Kind: 'b', Category: 'G', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, arrayOf(1027, "_polygon", "polygon[]", 'd'))
	Line                  = define(&Type{OID: 628, Name: "line", SQLName: "line", Kind: 'b', Category: 'G', Preferred: false, Len: 24, ByVal: false, Align: 'd', Delim: ','}, arrayOf(629, "_line", "line[]", 'd'))
	CIDR                  = define(&Type{OID: 650, Name: "cidr", SQLName: "cidr", Kind: 'b', Category: 'I', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(651, "_cidr", "cidr[]", 'i'))
	Float4                = define(&Type{OID: 700, Name: "float4", SQLName: "real", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(1021, "_float4", "real[]", 'i'))
	Float8                = define(&Type{OID: 701, Name: "float8", SQLName: "double precision", Kind: 'b', Category: 'N', Preferred: true, Len: 8, ByVal: true, Align: 'd', Delim: ','}, arrayOf(1022, "_float8", "double precision[]", 'd'))
	Unknown               = define(&Type{OID: 705, Name: "unknown", SQLName: "unknown", Kind: 'p', Category: 'X', Preferred: false, Len: -2, ByVal: false, Align: 'c', Delim: ','}, nil)
	Circle                = define(&Type{OID: 718, Name: "circle", SQLName: "circle", Kind: 'b', Category: 'G', Preferred: false, Len: 24, ByVal: false, Align: 'd', Delim: ','}, arrayOf(719, "_circle", "circle[]", 'd'))
	Macaddr8              = define(&Type{OID: 774, Name: "macaddr8", SQLName: "macaddr8", Kind: 'b', Category: 'U', Preferred: false, Len: 8, ByVal: false, Align: 'i', Delim: ','}, arrayOf(775, "_macaddr8", "macaddr8[]", 'i'))
	Money                 = define(&Type{OID: 790, Name: "money", SQLName: "money", Kind: 'b', Category: 'N', Preferred: false, Len: 8, ByVal: true, Align: 'd', Delim: ','}, arrayOf(791, "_money", "money[]", 'd'))
	Macaddr               = define(&Type{OID: 829, Name: "macaddr", SQLName: "macaddr", Kind: 'b', Category: 'U', Preferred: false, Len: 6, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1040, "_macaddr", "macaddr[]", 'i'))
	Inet                  = define(&Type{OID: 869, Name: "inet", SQLName: "inet", Kind: 'b', Category: 'I', Preferred: true, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1041, "_inet", "inet[]", 'i'))
	BPChar                = define(&Type{OID: 1042, Name: "bpchar", SQLName: "character", Kind: 'b', Category: 'S', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1014, "_bpchar", "character[]", 'i'))
	Varchar               = define(&Type{OID: 1043, Name: "varchar", SQLName: "character varying", Kind: 'b', Category: 'S', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1015, "_varchar", "character varying[]", 'i'))
	ACLItem               = define(&Type{OID: 1033, Name: "aclitem", SQLName: "aclitem", Kind: 'b', Category: 'U', Preferred: false, Len: 12, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1034, "_aclitem", "aclitem[]", 'i'))
	Date                  = define(&Type{OID: 1082, Name: "date", SQLName: "date", Kind: 'b', Category: 'D', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(1182, "_date", "date[]", 'i'))
	Time                  = define(&Type{OID: 1083, Name: "time", SQLName: "time without time zone", Kind: 'b', Category: 'D', Preferred: false, Len: 8, ByVal: true, Align: 'd', Delim: ','}, arrayOf(1183, "_time", "time without time zone[]", 'd'))
	Timestamp             = define(&Type{OID: 1114, Name: "timestamp", SQLName: "timestamp without time zone", Kind: 'b', Category: 'D', Preferred: false, Len: 8, ByVal: true, Align: 'd', Delim: ','}, arrayOf(1115, "_timestamp", "timestamp without time zone[]", 'd'))
	TimestampTZ           = define(&Type{OID: 1184, Name: "timestamptz", SQLName: "timestamp with time zone", Kind: 'b', Category: 'D', Preferred: true, Len: 8, ByVal: true, Align: 'd', Delim: ','}, arrayOf(1185, "_timestamptz", "timestamp with time zone[]", 'd'))
	IntervalType          = define(&Type{OID: 1186, Name: "interval", SQLName: "interval", Kind: 'b', Category: 'T', Preferred: true, Len: 16, ByVal: false, Align: 'd', Delim: ','}, arrayOf(1187, "_interval", "interval[]", 'd'))
	TimeTZType            = define(&Type{OID: 1266, Name: "timetz", SQLName: "time with time zone", Kind: 'b', Category: 'D', Preferred: false, Len: 12, ByVal: false, Align: 'd', Delim: ','}, arrayOf(1270, "_timetz", "time with time zone[]", 'd'))
	Bit                   = define(&Type{OID: 1560, Name: "bit", SQLName: "bit", Kind: 'b', Category: 'V', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1561, "_bit", "bit[]", 'i'))
	Varbit                = define(&Type{OID: 1562, Name: "varbit", SQLName: "bit varying", Kind: 'b', Category: 'V', Preferred: true, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1563, "_varbit", "bit varying[]", 'i'))
	Numeric               = define(&Type{OID: 1700, Name: "numeric", SQLName: "numeric", Kind: 'b', Category: 'N', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(1231, "_numeric", "numeric[]", 'i'))
	Refcursor             = define(&Type{OID: 1790, Name: "refcursor", SQLName: "refcursor", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(2201, "_refcursor", "refcursor[]", 'i'))
	RegProcedure          = define(&Type{OID: 2202, Name: "regprocedure", SQLName: "regprocedure", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(2207, "_regprocedure", "regprocedure[]", 'i'))
	RegOper               = define(&Type{OID: 2203, Name: "regoper", SQLName: "regoper", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(2208, "_regoper", "regoper[]", 'i'))
	RegOperator           = define(&Type{OID: 2204, Name: "regoperator", SQLName: "regoperator", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(2209, "_regoperator", "regoperator[]", 'i'))
	RegClass              = define(&Type{OID: 2205, Name: "regclass", SQLName: "regclass", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(2210, "_regclass", "regclass[]", 'i'))
	RegType               = define(&Type{OID: 2206, Name: "regtype", SQLName: "regtype", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(2211, "_regtype", "regtype[]", 'i'))
	RecordType            = define(&Type{OID: 2249, Name: "record", SQLName: "record", Kind: 'p', Category: 'P', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, arrayOf(2287, "_record", "record[]", 'd'))
	Cstring               = define(&Type{OID: 2275, Name: "cstring", SQLName: "cstring", Kind: 'p', Category: 'P', Preferred: false, Len: -2, ByVal: false, Align: 'c', Delim: ','}, arrayOf(1263, "_cstring", "cstring[]", 'i'))
	Any                   = define(&Type{OID: 2276, Name: "any", SQLName: "\"any\"", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	AnyArray              = define(&Type{OID: 2277, Name: "anyarray", SQLName: "anyarray", Kind: 'p', Category: 'P', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, nil)
	Void                  = define(&Type{OID: 2278, Name: "void", SQLName: "void", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	Trigger               = define(&Type{OID: 2279, Name: "trigger", SQLName: "trigger", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	LanguageHandler       = define(&Type{OID: 2280, Name: "language_handler", SQLName: "language_handler", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	Internal              = define(&Type{OID: 2281, Name: "internal", SQLName: "internal", Kind: 'p', Category: 'P', Preferred: false, Len: 8, ByVal: true, Align: 'd', Delim: ','}, nil)
	AnyElement            = define(&Type{OID: 2283, Name: "anyelement", SQLName: "anyelement", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	AnyNonarray           = define(&Type{OID: 2776, Name: "anynonarray", SQLName: "anynonarray", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	TxidSnapshot          = define(&Type{OID: 2970, Name: "txid_snapshot", SQLName: "txid_snapshot", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, arrayOf(2949, "_txid_snapshot", "txid_snapshot[]", 'd'))
	PGSnapshot            = define(&Type{OID: 5038, Name: "pg_snapshot", SQLName: "pg_snapshot", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, arrayOf(5039, "_pg_snapshot", "pg_snapshot[]", 'd'))
	UUID                  = define(&Type{OID: 2950, Name: "uuid", SQLName: "uuid", Kind: 'b', Category: 'U', Preferred: false, Len: 16, ByVal: false, Align: 'c', Delim: ','}, arrayOf(2951, "_uuid", "uuid[]", 'i'))
	PGLSN                 = define(&Type{OID: 3220, Name: "pg_lsn", SQLName: "pg_lsn", Kind: 'b', Category: 'U', Preferred: false, Len: 8, ByVal: true, Align: 'd', Delim: ','}, arrayOf(3221, "_pg_lsn", "pg_lsn[]", 'd'))
	AnyEnum               = define(&Type{OID: 3500, Name: "anyenum", SQLName: "anyenum", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	TSVector              = define(&Type{OID: 3614, Name: "tsvector", SQLName: "tsvector", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(3643, "_tsvector", "tsvector[]", 'i'))
	TSQuery               = define(&Type{OID: 3615, Name: "tsquery", SQLName: "tsquery", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(3645, "_tsquery", "tsquery[]", 'i'))
	RegConfig             = define(&Type{OID: 3734, Name: "regconfig", SQLName: "regconfig", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(3735, "_regconfig", "regconfig[]", 'i'))
	RegDictionary         = define(&Type{OID: 3769, Name: "regdictionary", SQLName: "regdictionary", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(3770, "_regdictionary", "regdictionary[]", 'i'))
	JSONB                 = define(&Type{OID: 3802, Name: "jsonb", SQLName: "jsonb", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(3807, "_jsonb", "jsonb[]", 'i'))
	AnyRange              = define(&Type{OID: 3831, Name: "anyrange", SQLName: "anyrange", Kind: 'p', Category: 'P', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, nil)
	EventTrigger          = define(&Type{OID: 3838, Name: "event_trigger", SQLName: "event_trigger", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	PGDDLCommand          = define(&Type{OID: 32, Name: "pg_ddl_command", SQLName: "pg_ddl_command", Kind: 'p', Category: 'P', Preferred: false, Len: 8, ByVal: true, Align: 'd', Delim: ','}, nil)
	TableAMHandler        = define(&Type{OID: 269, Name: "table_am_handler", SQLName: "table_am_handler", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	IndexAMHandler        = define(&Type{OID: 325, Name: "index_am_handler", SQLName: "index_am_handler", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	FDWHandler            = define(&Type{OID: 3115, Name: "fdw_handler", SQLName: "fdw_handler", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	TSMHandler            = define(&Type{OID: 3310, Name: "tsm_handler", SQLName: "tsm_handler", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	Int4Range             = define(&Type{OID: 3904, Name: "int4range", SQLName: "int4range", Kind: 'r', Category: 'R', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(3905, "_int4range", "int4range[]", 'i'))
	NumRange              = define(&Type{OID: 3906, Name: "numrange", SQLName: "numrange", Kind: 'r', Category: 'R', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(3907, "_numrange", "numrange[]", 'i'))
	TsRange               = define(&Type{OID: 3908, Name: "tsrange", SQLName: "tsrange", Kind: 'r', Category: 'R', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, arrayOf(3909, "_tsrange", "tsrange[]", 'd'))
	TstzRange             = define(&Type{OID: 3910, Name: "tstzrange", SQLName: "tstzrange", Kind: 'r', Category: 'R', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, arrayOf(3911, "_tstzrange", "tstzrange[]", 'd'))
	DateRange             = define(&Type{OID: 3912, Name: "daterange", SQLName: "daterange", Kind: 'r', Category: 'R', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(3913, "_daterange", "daterange[]", 'i'))
	Int8Range             = define(&Type{OID: 3926, Name: "int8range", SQLName: "int8range", Kind: 'r', Category: 'R', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, arrayOf(3927, "_int8range", "int8range[]", 'd'))
	JSONPath              = define(&Type{OID: 4072, Name: "jsonpath", SQLName: "jsonpath", Kind: 'b', Category: 'U', Preferred: false, Len: -1, ByVal: false, Align: 'i', Delim: ','}, arrayOf(4073, "_jsonpath", "jsonpath[]", 'i'))
	RegNamespace          = define(&Type{OID: 4089, Name: "regnamespace", SQLName: "regnamespace", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(4090, "_regnamespace", "regnamespace[]", 'i'))
	RegRole               = define(&Type{OID: 4096, Name: "regrole", SQLName: "regrole", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(4097, "_regrole", "regrole[]", 'i'))
	RegCollation          = define(&Type{OID: 4191, Name: "regcollation", SQLName: "regcollation", Kind: 'b', Category: 'N', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, arrayOf(4192, "_regcollation", "regcollation[]", 'i'))
	XID8                  = define(&Type{OID: 5069, Name: "xid8", SQLName: "xid8", Kind: 'b', Category: 'U', Preferred: false, Len: 8, ByVal: true, Align: 'd', Delim: ','}, arrayOf(271, "_xid8", "xid8[]", 'd'))
	AnyCompatible         = define(&Type{OID: 5077, Name: "anycompatible", SQLName: "anycompatible", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
	AnyCompatiblearray    = define(&Type{OID: 5078, Name: "anycompatiblearray", SQLName: "anycompatiblearray", Kind: 'p', Category: 'P', Preferred: false, Len: -1, ByVal: false, Align: 'd', Delim: ','}, nil)
	AnyCompatiblenonarray = define(&Type{OID: 5079, Name: "anycompatiblenonarray", SQLName: "anycompatiblenonarray", Kind: 'p', Category: 'P', Preferred: false, Len: 4, ByVal: true, Align: 'i', Delim: ','}, nil)
)

var builtins = []*Type{
	Boolean,
	Bytea,
	Char,
	Name,
	Int8,
	Int2,
	Int2Vector,
	Int4,
	RegProc,
	Text,
	Oid,
	TID,
	XID,
	CID,
	OidVector,
	JSONText,
	XML,
	PGNodeTree,
	Point,
	Lseg,
	Path,
	Box,
	Polygon,
	Line,
	CIDR,
	Float4,
	Float8,
	Unknown,
	Circle,
	Macaddr8,
	Money,
	Macaddr,
	Inet,
	BPChar,
	Varchar,
	ACLItem,
	Date,
	Time,
	Timestamp,
	TimestampTZ,
	IntervalType,
	TimeTZType,
	Bit,
	Varbit,
	Numeric,
	Refcursor,
	RegProcedure,
	RegOper,
	RegOperator,
	RegClass,
	RegType,
	RecordType,
	Cstring,
	Any,
	AnyArray,
	Void,
	Trigger,
	LanguageHandler,
	Internal,
	AnyElement,
	AnyNonarray,
	UUID,
	PGLSN,
	AnyEnum,
	TSVector,
	TSQuery,
	RegConfig,
	RegDictionary,
	JSONB,
	AnyRange,
	EventTrigger,
	PGDDLCommand,
	TableAMHandler,
	IndexAMHandler,
	FDWHandler,
	TSMHandler,
	Int4Range,
	NumRange,
	TsRange,
	TstzRange,
	DateRange,
	Int8Range,
	JSONPath,
	RegNamespace,
	RegRole,
	RegCollation,
	XID8,
	TxidSnapshot,
	PGSnapshot,
	AnyCompatible,
	AnyCompatiblearray,
	AnyCompatiblenonarray,
}

// arrayOf describes the array type that define joins to its element.
func arrayOf(oid OID, name, sqlName string, align byte) *Type {
	return &Type{OID: oid, Name: name, SQLName: sqlName, Kind: KindBase, Category: 'A', Len: -1, Align: align, Delim: ','}
}

// define joins a type and the array type over it.
func define(t, array *Type) *Type {
	if array != nil {
		t.Array, array.Elem = array, t
		array.Delim = t.Delim
	}
	return t
}
