// Package catalogmodel checks what the system relations keep from one version of the
// catalog to the next (exec/pgcatalog/parts.go): after any history of definitions they
// hold what they would hold if they were made for the first time.
package catalogmodel
