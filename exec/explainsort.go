package exec

import "strconv"

// sortMethod says how a sort was done.
func (e *explainer) sortMethod(out *explained, seen *Instrument) {
	if seen == nil || seen.SortMethod == "" {
		return
	}
	kind, kb := "Memory", (seen.SortBytes+1023)/1024
	if seen.SortDisk {
		kind = "Disk"
	}
	out.details = append(out.details,
		property{name: "Sort Method", value: seen.SortMethod, text: "Sort Method: " + seen.SortMethod + "  " + kind + ": " + strconv.FormatInt(kb, 10) + "kB"},
		property{name: "Sort Space Used", value: kb, hidden: true}, property{name: "Sort Space Type", value: kind, hidden: true})
}

// sortGroups says how the groups of an incremental sort were sorted.
func (e *explainer) sortGroups(out *explained, seen *Instrument) {
	if seen == nil || seen.SortGroups == 0 {
		return
	}
	kind, average, peak := "Memory", (seen.SortTotal/seen.SortGroups+1023)/1024, (seen.SortBytes+1023)/1024
	if seen.SortDisk {
		kind = "Disk"
	}
	out.details = append(out.details, property{name: "Full-sort Groups", value: seen.SortGroups,
		text: "Full-sort Groups: " + strconv.FormatInt(seen.SortGroups, 10) + "  Sort Method: " + seen.SortMethod +
			"  Average " + kind + ": " + strconv.FormatInt(average, 10) + "kB  Peak " + kind + ": " + strconv.FormatInt(peak, 10) + "kB"})
}
