// Command gorm does with GORM what applications do, and prints what it sees: it
// migrates models there and back, reads them by the migrator, and writes and reads rows
// with associations, transactions, conflicts and errors. Its arguments are a port of
// 127.0.0.1 and a database.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// Company, User and what belongs to them have every kind of association.
type Company struct {
	ID   uint
	Name string `gorm:"size:100;uniqueIndex:idx_company_name;comment:as registered"`
}

type Language struct {
	Code string `gorm:"primaryKey;size:8"`
	Name string
}

type Account struct {
	gorm.Model
	UserID *uint
	Number string `gorm:"check:number_given,number <> ''"`
}

type Pet struct {
	gorm.Model
	UserID *uint
	Name   string
}

type Toy struct {
	ID        uint
	Name      string
	OwnerID   uint
	OwnerType string
}

type User struct {
	gorm.Model
	Name      string `gorm:"index:idx_name_age,priority:1;not null"`
	Age       uint8  `gorm:"index:idx_name_age,priority:2,sort:desc;default:18"`
	Email     *string
	Score     float64   `gorm:"type:numeric(10,2);default:1.5"`
	Birthday  time.Time `gorm:"type:date"`
	Tags      string    `gorm:"type:jsonb;default:'{}'"`
	Active    bool      `gorm:"default:true;index:idx_active,where:active"`
	Data      []byte
	CompanyID *uint
	Company   Company
	Account   Account
	Pets      []*Pet
	Toys      []Toy      `gorm:"polymorphic:Owner"`
	Languages []Language `gorm:"many2many:user_speaks"`
	ManagerID *uint
	Manager   *User
	Team      []User `gorm:"foreignkey:ManagerID"`
}

var models = []any{&Company{}, &Language{}, &User{}, &Account{}, &Pet{}, &Toy{}}

func main() {
	dsn := fmt.Sprintf("host=127.0.0.1 port=%s user=postgres dbname=%s sslmode=disable TimeZone=UTC", os.Args[1], os.Args[2])
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	db, err := gorm.Open(postgres.Open(dsn), &gorm.Config{Logger: logger.Discard, TranslateError: false, NowFunc: func() time.Time { return clock }})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	migrations(db)
	rows(db)
	conflicts(db)
	transactions(db)
	changes(db)
}

// say prints a line: what was done, what came of it, and the error's code and words.
func say(what string, err error, values ...any) {
	line := what
	for _, v := range values {
		line += fmt.Sprintf(" | %v", v)
	}
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		line += fmt.Sprintf(" | ERROR %s %s (%s)", pg.Code, pg.Message, pg.ConstraintName)
	case err != nil:
		line += " | " + err.Error()
	}
	fmt.Println(line)
}

func migrations(db *gorm.DB) {
	say("migrate", db.AutoMigrate(models...))
	say("migrate again", db.AutoMigrate(models...))
	describe(db)
}

// describe prints what the migrator sees, by name: it asks for no order.
func describe(db *gorm.DB) {
	m := db.Migrator()
	tables, err := m.GetTables()
	say("tables", err, len(tables))
	for _, model := range models {
		columns, err := m.ColumnTypes(model)
		say(fmt.Sprintf("columns of %T", model), err)
		slices.SortFunc(columns, func(a, b gorm.ColumnType) int { return strings.Compare(a.Name(), b.Name()) })
		for _, c := range columns {
			full, _ := c.ColumnType()
			key, _ := c.PrimaryKey()
			unique, _ := c.Unique()
			null, _ := c.Nullable()
			length, _ := c.Length()
			precision, scale, _ := c.DecimalSize()
			value, has := c.DefaultValue()
			serial, _ := c.AutoIncrement()
			comment, _ := c.Comment()
			say("  "+c.Name(), nil, c.DatabaseTypeName(), full, key, unique, null, length, precision, scale, value, has, serial, comment)
		}
		indexes, err := m.GetIndexes(model)
		say("  indexes", err, len(indexes))
		slices.SortFunc(indexes, func(a, b gorm.Index) int { return strings.Compare(a.Name(), b.Name()) })
		for _, i := range indexes {
			unique, _ := i.Unique()
			key, _ := i.PrimaryKey()
			say("  index "+i.Name(), nil, strings.Join(i.Columns(), ","), unique, key, i.Option())
		}
	}
	say("has", nil, m.HasTable("users"), m.HasColumn(&User{}, "age"), m.HasIndex(&User{}, "idx_active"), m.HasConstraint(&Account{}, "number_given"), m.HasTable("nothing"))
}

func rows(db *gorm.DB) {
	email := "ann@example.com"
	ann := User{
		Name: "ann", Email: &email, Birthday: time.Date(2000, 2, 29, 0, 0, 0, 0, time.UTC), Tags: `{"a": [1, 2]}`, Data: []byte{0, 1, 255},
		Company: Company{Name: "Acme"}, Account: Account{Number: "1"}, Pets: []*Pet{{Name: "rex"}, {Name: "tom"}}, Toys: []Toy{{Name: "ball"}},
		Languages: []Language{{"en", "English"}, {"de", "German"}}, Team: []User{{Name: "bob"}, {Name: "cid", Age: 50}},
	}
	say("create", db.Create(&ann).Error, ann.ID, ann.Age, ann.Score, ann.Active, ann.Company.ID, ann.Account.ID, len(ann.Pets), ann.Team[1].ID)
	batch := []User{{Name: "dee", Age: 1}, {Name: "eve", Age: 2}, {Name: "fay", Age: 3}}
	result := db.CreateInBatches(&batch, 2)
	say("batches", result.Error, result.RowsAffected, batch[2].ID)

	var got User
	err := db.Preload("Account").Preload("Pets", func(db *gorm.DB) *gorm.DB { return db.Order("pets.name DESC") }).Preload("Toys").
		Preload("Languages").Preload("Team").Joins("Company").First(&got, "users.name = ?", "ann").Error
	say("preload", err, got.Company.Name, got.Account.Number, got.Pets[0].Name, got.Toys[0].Name, len(got.Languages), got.Team[0].Name, got.Tags, got.Data, *got.Email, got.Birthday.Format(time.DateOnly))

	var names []string
	say("pluck", db.Model(&User{}).Where("age BETWEEN ? AND ?", 2, 20).Or(map[string]any{"name": []string{"cid", "dee"}}).Order("name").Pluck("name", &names).Error, names)
	var count int64
	say("count", db.Model(&User{}).Distinct("company_id").Count(&count).Error, count)
	var groups []struct {
		Old   bool
		Total int
		Mean  float64
	}
	say("group", db.Model(&User{}).Select("age > 10 AS old, count(*) AS total, avg(age) AS mean").Group("age > 10").Having("count(*) > ?", 1).Order("old").Scan(&groups).Error, groups)
	var found []User
	say("subquery", db.Where("age > (?)", db.Model(&User{}).Select("avg(age)")).Order("id").Find(&found).Error, len(found), found[0].Name)
	say("json", db.Where("tags -> 'a' @> ?", "[1]").Find(&found).Error, len(found))
	say("raw", db.Raw("SELECT name FROM users WHERE name LIKE @like ORDER BY 1", map[string]any{"like": "%e%"}).Scan(&names).Error, names)
	say("none", db.First(&User{}, "name = ?", "nobody").Error)
	list, err := db.Model(&User{}).Where("age < ?", 4).Order("age").Rows()
	for err == nil && list.Next() {
		var u User
		err = db.ScanRows(list, &u)
		say("row", err, u.Name, u.Age)
	}
	list.Close()
	err = db.Where("id > 0").Order("id").FindInBatches(&found, 2, func(tx *gorm.DB, n int) error {
		say("batch", nil, n, tx.RowsAffected, found[0].Name)
		return nil
	}).Error
	say("batches read", err)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	say("timeout", nil, db.WithContext(ctx).Exec("SELECT pg_sleep(10)").Error != nil)
}

func conflicts(db *gorm.DB) {
	say("duplicate", db.Create(&Company{Name: "Acme"}).Error)
	say("check", db.Create(&Account{}).Error)
	user := uint(4711)
	say("foreign key", db.Create(&Account{UserID: &user, Number: "2"}).Error)
	acme := Company{Name: "Acme"}
	result := db.Clauses(clause.OnConflict{DoNothing: true}).Create(&acme)
	say("do nothing", result.Error, result.RowsAffected, acme.ID)
	again := []Language{{"en", "english"}, {"fr", "French"}}
	result = db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "code"}}, DoUpdates: clause.AssignmentColumns([]string{"name"})}).Create(&again)
	say("upsert", result.Error, result.RowsAffected)
	result = db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&Language{"fr", "français"})
	say("update all", result.Error, result.RowsAffected)
	var first Language
	say("first or create", db.Where(Language{Code: "it"}).Attrs(Language{Name: "Italian"}).FirstOrCreate(&first).Error, first)
	say("syntax", db.Exec("SELEC 1").Error)
	say("column", db.Where("nothing = 1").Find(&[]User{}).Error)
	say("number", db.Where("age = ?", "x").Find(&[]User{}).Error)
}

func transactions(db *gorm.DB) {
	err := db.Transaction(func(tx *gorm.DB) error {
		say("in", tx.Create(&Language{"xx", "gone"}).Error)
		say("nested", tx.Transaction(func(inner *gorm.DB) error {
			return inner.Create(&Language{"xx", "twice"}).Error
		}))
		say("savepoint", tx.SavePoint("sp").Error)
		say("delete", tx.Delete(&Language{Code: "xx"}).Error)
		say("back", tx.RollbackTo("sp").Error)
		var n int64
		say("still", tx.Model(&Language{}).Where("code = ?", "xx").Count(&n).Error, n)
		return errors.New("changed my mind")
	})
	say("rolled back", err)
	var locked User
	say("lock", db.Transaction(func(tx *gorm.DB) error {
		return tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).First(&locked, "name = ?", "bob").Error
	}), locked.Name)
}

func changes(db *gorm.DB) {
	var changed []User
	result := db.Model(&changed).Clauses(clause.Returning{Columns: []clause.Column{{Name: "name"}, {Name: "age"}}}).Where("age < ?", 3).Update("age", gorm.Expr("age * ? + 1", 10))
	say("returning", result.Error, result.RowsAffected, len(changed))
	result = db.Model(&User{}).Where("name = ?", "bob").Updates(map[string]any{"score": 12.345, "email": nil})
	say("updates", result.Error, result.RowsAffected)
	var bob User
	say("bob", db.First(&bob, "name = ?", "bob").Error, bob.Score, bob.Email == nil, *bob.ManagerID)
	say("no condition", db.Delete(&User{}).Error)
	result = db.Where("name = ?", "eve").Delete(&User{})
	say("soft", result.Error, result.RowsAffected)
	var n, all int64
	db.Model(&User{}).Count(&n)
	db.Unscoped().Model(&User{}).Count(&all)
	say("left", nil, n, all)
	say("association", db.Model(&bob).Association("Languages").Append(&Language{Code: "de", Name: "German"}), db.Model(&bob).Association("Languages").Count())
	say("replace", db.Model(&bob).Association("Languages").Replace([]Language{{"en", "English"}, {"it", "Italian"}}), db.Model(&bob).Association("Languages").Count())
	say("clear", db.Model(&bob).Association("Languages").Clear(), db.Model(&bob).Association("Languages").Count())

	m := db.Migrator()
	type User struct {
		Age   int64  `gorm:"default:21;not null"`
		Name  string `gorm:"size:40"`
		Nick  string `gorm:"size:20;default:'nobody'"`
		Score string `gorm:"type:text"`
	}
	say("alter", db.AutoMigrate(&User{}))
	say("rename column", m.RenameColumn(&User{}, "nick", "nickname"))
	say("drop column", m.DropColumn(&User{}, "nickname"))
	say("alter column", m.AlterColumn(&User{}, "age"))
	say("rename index", m.RenameIndex(&User{}, "idx_active", "idx_still_active"))
	say("drop index", m.DropIndex(&User{}, "idx_still_active"))
	say("drop constraint", m.DropConstraint(&Account{}, "number_given"))
	say("view", m.CreateView("grown", gorm.ViewOption{Replace: true, Query: db.Table("users").Select("name").Where("age >= ?", 18)}))
	var seen []string
	say("seen", db.Table("grown").Order("name").Pluck("name", &seen).Error, seen)
	say("drop view", m.DropView("grown"))
	say("rename", m.RenameTable("toys", "playthings"))
	describe(db)
	say("drop", m.DropTable("playthings", &Pet{}, &Account{}, "user_speaks", "users", &Language{}, &Company{}))
	tables, err := m.GetTables()
	say("tables", err, tables)
}
