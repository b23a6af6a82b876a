package types

// init gives every built-in type that has values its codec. It runs before any
// value exists, so that codecs may refer to types and types to codecs.
func init() {
	for t, c := range map[*Type]codec{
		Boolean: boolCodec{}, Char: charCodec{},
		Int2: intCodec{16}, Int4: intCodec{32}, Int8: intCodec{64},
		Oid: oidCodec{}, XID: oidCodec{}, CID: oidCodec{}, XID8: xid8Codec{},
		PGSnapshot: snapshotCodec{}, TxidSnapshot: snapshotCodec{},
		RegProc: regCodec{}, RegProcedure: regCodec{}, RegOper: regCodec{}, RegOperator: regCodec{},
		RegClass: regCodec{}, RegType: regCodec{}, RegConfig: regCodec{}, RegDictionary: regCodec{},
		RegNamespace: regCodec{}, RegRole: regCodec{}, RegCollation: regCodec{},
		Float4: floatCodec{32}, Float8: floatCodec{64}, Numeric: numericCodec{},
		Text: textCodec{}, Varchar: textCodec{}, Unknown: textCodec{}, Cstring: textCodec{}, Refcursor: textCodec{},
		PGNodeTree: textCodec{}, Name: nameCodec{}, BPChar: bpcharCodec{}, Bytea: byteaCodec{},
		UUID: uuidCodec{}, JSONText: jsonTextCodec{}, JSONB: jsonbCodec{},
		Date: dateCodec{}, Time: timeCodec{}, TimeTZType: timetzCodec{}, Timestamp: timestampCodec{},
		TimestampTZ: timestampCodec{tz: true}, IntervalType: intervalCodec{},
		Bit: bitCodec{}, Varbit: bitCodec{}, Inet: inetCodec{}, CIDR: inetCodec{cidr: true},
		Macaddr: macCodec{6}, Macaddr8: macCodec{8}, RecordType: recordCodec{}, Void: voidCodec{},
		Int2Vector: vectorCodec{}, OidVector: vectorCodec{}, PGLSN: lsnCodec{}, Money: moneyCodec{},
		Point: geometryCodec{2}, Lseg: geometryCodec{4}, Box: geometryCodec{4}, Line: geometryCodec{3}, Circle: geometryCodec{3},
		Path: pointsCodec{}, Polygon: pointsCodec{}, TID: tidCodec{}, TSVector: tsvectorCodec{}, TSQuery: tsqueryCodec{}, XML: xmlCodec{},
		AnyArray: anyArrayCodec{}, ACLItem: aclCodec{}, JSONPath: jsonpathCodec{},
	} {
		t.codec = c
	}
}

// init joins the range types with what they are ranges of, and the multirange
// types with the ranges.
func init() {
	for _, r := range []struct{ element, over, multi *Type }{
		{Int4, Int4Range, Int4Multirange}, {Int8, Int8Range, Int8Multirange}, {Numeric, NumRange, NumMultirange},
		{Date, DateRange, DateMultirange}, {Timestamp, TsRange, TsMultirange}, {TimestampTZ, TstzRange, TstzMultirange},
	} {
		r.over.Subtype, r.multi.Subtype = r.element, r.over
		r.over.Multi = r.multi
		r.over.codec, r.multi.codec = rangeCodec{}, multirangeCodec{}
		builtins = append(builtins, r.multi)
	}
	builtins = append(builtins, AnyMultirange, AnyCompatiblerange, AnyCompatiblemultirange)
}
