package gias_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"despatch/internal/strictyaml"
	"despatch/office/gias"
	"despatch/records/school"
)

// header is the register's header of 2018 as far as the tests care, with
// columns around those that are read.
var header = []string{
	"URN", "LA (code)", "LA (name)", "EstablishmentNumber", "EstablishmentName", "TypeOfEstablishment (code)",
	"TypeOfEstablishment (name)", "EstablishmentTypeGroup (name)", "EstablishmentStatus (code)", "EstablishmentStatus (name)",
	"OpenDate", "CloseDate", "PhaseOfEducation (name)", "StatutoryLowAge", "StatutoryHighAge", "NumberOfPupils",
	"Trusts (name)", "Federations (name)", "UKPRN", "Street", "Locality", "Address3", "Town", "County (name)", "Postcode",
	"HeadTitle (name)", "HeadFirstName", "HeadLastName", "HeadPreferredJobTitle", "PropsName",
}

// register writes rows as the register does. A row is a map from column to
// value; what is left out is that of Fernside Primary School.
func register(t testing.TB, rows ...map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	all := [][]string{header}
	for i, given := range rows {
		row := make([]string, len(header))
		for j, name := range header {
			value, ok := given[name]
			if !ok {
				value = fernside(i)[name]
			}
			row[j] = value
		}
		all = append(all, row)
	}
	if err := w.WriteAll(all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fernside(i int) map[string]string {
	return map[string]string{
		"URN": fmt.Sprintf("9%05d", i+1), "LA (code)": "999", "LA (name)": "Northmoor", "EstablishmentNumber": "0201",
		"EstablishmentName": "Fernside Primary School", "TypeOfEstablishment (name)": "Community school",
		"EstablishmentTypeGroup (name)": "Local authority maintained schools", "EstablishmentStatus (name)": "Open",
		"OpenDate": "01-09-1974", "PhaseOfEducation (name)": "Primary", "StatutoryLowAge": "3", "StatutoryHighAge": "11",
		"NumberOfPupils": "212", "UKPRN": "10000001", "Street": "1 Fern Lane", "Town": "Northmoor", "Postcode": "ZZ1 1AA",
		"HeadTitle (name)": "Mrs", "HeadFirstName": "Wilhelmina", "HeadLastName": "Quillfeather", "HeadPreferredJobTitle": "Headteacher",
		"PropsName": "Quillfeather Foundation",
	}
}

type row = map[string]string

func read(t testing.TB, data []byte, la string) []school.School {
	t.Helper()
	schools, problems, err := gias.Read(bytes.NewReader(data), la)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return schools
}

func load(t testing.TB, dir, urn string) (school.School, string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "content", "schools", urn+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var s school.School
	if problems := strictyaml.Decode(data, &s); len(problems) > 0 {
		t.Fatal(problems)
	}
	s.Check(func(key, text string) { t.Errorf("%s: %s", key, text) })
	return s, string(data)
}

func TestSchoolIsTakenOverWithItsZeros(t *testing.T) {
	dir := t.TempDir()
	data := register(t,
		row{"EstablishmentNumber": "201", "LA (code)": "999"},
		row{"EstablishmentStatus (name)": "Closed", "CloseDate": "31-08-2026", "PhaseOfEducation (name)": "All through"},
		row{"EstablishmentStatus (name)": "Proposed to open", "OpenDate": "", "EstablishmentNumber": "", "UKPRN": ""},
		row{"EstablishmentStatus (name)": "Open, but proposed to close", "Trusts (name)": "Larkfield Learning Trust", "Federations (name)": "The Moors", "Address3": "Lower End", "Locality": "Upper End"},
	)
	if _, err := gias.Import(dir, read(t, data, ""), nil); err != nil {
		t.Fatal(err)
	}
	first, text := load(t, dir, "900001")
	if first.LAEstab != "9990201" || first.Name != "Fernside Primary School" || first.Opened.String() != "1974-09-01" || first.Address.Town != "Northmoor" {
		t.Errorf("%+v", first)
	}
	if !strings.Contains(text, `urn: "900001"`) || !strings.Contains(text, `laestab: "9990201"`) || !strings.Contains(text, "opened: 1974-09-01\n") {
		t.Error(text)
	}
	second, _ := load(t, dir, "900002")
	if second.Status != school.Closed || second.Closed.String() != "2026-08-31" || second.Phase != "All-through" {
		t.Errorf("%+v", second)
	}
	third, _ := load(t, dir, "900003")
	if third.Status != school.ProposedToOpen || third.LAEstab != "" || !third.Opened.IsZero() {
		t.Errorf("%+v", third)
	}
	fourth, _ := load(t, dir, "900004")
	if fourth.Status != school.ProposedToClose || fourth.Trust != "Larkfield Learning Trust" || fourth.Federation != "The Moors" || fourth.Address.Locality != "Upper End, Lower End" {
		t.Errorf("%+v", fourth)
	}
}

func TestNoHeadTeacherIsTakenOver(t *testing.T) {
	dir := t.TempDir()
	if _, err := gias.Import(dir, read(t, register(t, row{}), ""), nil); err != nil {
		t.Fatal(err)
	}
	_, text := load(t, dir, "900001")
	for _, word := range []string{"Wilhelmina", "Quillfeather", "Mrs", "Headteacher"} {
		if strings.Contains(text, word) {
			t.Errorf("%q is in\n%s", word, text)
		}
	}
}

func TestEncodingsQuotesAndColumnsDoNotMatter(t *testing.T) {
	plain := register(t, row{"EstablishmentName": "St Zoë’s – École"}, row{"Town": "Nörthmoor, Upper"})
	want := read(t, plain, "")
	if want[0].Name != "St Zoë’s – École" {
		t.Fatal(want[0].Name)
	}
	latin, err := charmap.Windows1252.NewEncoder().Bytes(plain)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(plain)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var quoted, turned bytes.Buffer
	w := csv.NewWriter(&turned)
	for _, r := range records {
		quoted.WriteString(`"` + strings.Join(r, `","`) + "\"\n")
		extra := "new"
		if r[0] == "URN" {
			extra = "BSOInspectorateName (name)"
		}
		back := []string{extra}
		for i := len(r) - 1; i >= 0; i-- {
			back = append(back, r[i])
		}
		if err := w.Write(back); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	for name, data := range map[string][]byte{
		"windows-1252": latin, "byte order mark": append([]byte("\ufeff"), plain...), "all quoted": quoted.Bytes(),
		"other columns in another order": turned.Bytes(), "LF": bytes.ReplaceAll(plain, []byte("\r\n"), []byte("\n")),
	} {
		if diff := cmp.Diff(want, read(t, data, "")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestOnlyTheAuthorityAskedForIsRead(t *testing.T) {
	data := register(t, row{}, row{"LA (code)": "998", "EstablishmentStatus (name)": "unheard of"}, row{"LA (code)": "099"})
	if got := read(t, data, "999"); len(got) != 1 || got[0].URN != "900001" {
		t.Error(got)
	}
	if got := read(t, data, "099"); len(got) != 1 || got[0].LAEstab != "0990201" {
		t.Error(got)
	}
}

func TestRegisterThatCannotBeReadIsRefused(t *testing.T) {
	good := string(register(t, row{}, row{}))
	tests := []struct {
		name, data, la string
		want           string // in the error or the problems
	}{
		{"empty", "", "", "the file is empty"},
		{"header alone", string(register(t)), "", "a header and no school"},
		{"zip", "PK\x03\x04\x00\x00", "", "unpack the download first"},
		{"another table", "a,b\n1,2\n", "", `the header has no column "URN", "LA (code)"`},
		{"missing column", strings.Replace(good, "PhaseOfEducation (name)", "Phase", 1), "", `the header has no column "PhaseOfEducation (name)"`},
		{"no school of the authority", good, "998", "no school with the LA code 998"},
		{"bad LA filter", good, "99", `"99" is not an LA code (want 3 digits)`},
		{"cut off", good[:len(good)-30], "", "line 3: the row has"},
		{"ragged", good + "900009,999\r\n", "", "line 4: the row has 2 fields and the header 30"},
		{"bad quote", good + "900009,\"99\"9\r\n", "", "line 4: a quote is out of place"},
		{"twice", good + strings.Split(good, "\r\n")[1] + "\r\n", "", "line 4: the URN 900001 is on line 2 too"},
		{"URN", string(register(t, row{"URN": "12E4"})), "", `line 2: URN: "12E4" is not a URN (want 6 digits)`},
		{"path as URN", string(register(t, row{"URN": "../../x"})), "", "is not a URN"},
		{"no URN", string(register(t, row{"URN": ""})), "", "is not a URN"},
		{"no name", string(register(t, row{"EstablishmentName": " "})), "", "line 2: the school has no name"},
		{"LA", string(register(t, row{"LA (code)": "E10"})), "", "is not an LA code"},
		{"establishment", string(register(t, row{"EstablishmentNumber": "20.0"})), "", "is not an establishment number"},
		{"UKPRN", string(register(t, row{"UKPRN": "1.0e7"})), "", "is not a UKPRN"},
		{"status", string(register(t, row{"EstablishmentStatus (name)": "Ajar"})), "", `unknown status "Ajar"`},
		{"phase", string(register(t, row{"PhaseOfEducation (name)": "Tertiary"})), "", `unknown phase "Tertiary"`},
		{"date", string(register(t, row{"OpenDate": "1974-09-01"})), "", `OpenDate: "1974-09-01" is not a date (want one like 31-08-2026)`},
		{"impossible date", string(register(t, row{"CloseDate": "31-02-2026"})), "", `CloseDate: "31-02-2026" is not a date`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems, err := gias.Read(strings.NewReader(test.data), test.la)
			said := fmt.Sprint(problems, err)
			if err == nil && len(problems) == 0 || !strings.Contains(said, test.want) {
				t.Errorf("got %s, want %s", said, test.want)
			}
		})
	}
}

func TestBadRowsAreAllReportedAndNothingIsWritten(t *testing.T) {
	data := register(t, row{"URN": "x"}, row{}, row{"UKPRN": "1", "OpenDate": "soon"})
	_, problems, err := gias.Read(bytes.NewReader(data), "")
	if err != nil || len(problems) != 3 || problems[0].Line != 2 || problems[1].Line != 4 || problems[2].Line != 4 {
		t.Fatal(problems, err)
	}
	dir := t.TempDir()
	schools := read(t, register(t, row{}, row{}), "")
	if err := os.MkdirAll(filepath.Join(dir, "content", "schools"), 0o755); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "content", "schools", "900002.yaml")
	if err := os.WriteFile(broken, []byte("format: 1\nurn: &a x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := gias.Import(dir, schools, nil); err == nil || !strings.Contains(err.Error(), "content/schools/900002.yaml: 2:") {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "content", "schools", "900001.yaml")); err == nil {
		t.Error("half of the import was written")
	}
}

func TestSecondImportKeepsWhatPeopleAdded(t *testing.T) {
	dir := t.TempDir()
	if _, err := gias.Import(dir, read(t, register(t, row{}, row{}), ""), nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "content", "schools", "900001.yaml")
	_, text := load(t, dir, "900001")
	text = strings.Replace(text, "phase: Primary\n", "phase: Primary # asked the head\n", 1)
	text += "tags: [lite]\nkey_contact: {name: Priya Usher, phone: 01632 960011} # since May\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	report, err := gias.Import(dir, read(t, register(t, row{
		"EstablishmentStatus (name)": "Closed", "CloseDate": "31-08-2026", "UKPRN": "", "Locality": "Upper End",
	}, row{}), ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := gias.Report{
		Changed: []gias.Change{
			{URN: "900001", Name: "Fernside Primary School", Key: "ukprn", Old: "10000001"},
			{URN: "900001", Name: "Fernside Primary School", Key: "status", Old: "Open", New: "Closed"},
			{URN: "900001", Name: "Fernside Primary School", Key: "closed", New: "2026-08-31"},
			{URN: "900001", Name: "Fernside Primary School", Key: "address.locality", New: "Upper End"},
		},
		Closed: []string{"900001 Fernside Primary School"}, Unchanged: 1,
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Error(diff)
	}
	s, text := load(t, dir, "900001")
	if s.Status != school.Closed || s.Closed.String() != "2026-08-31" || s.UKPRN != "" || s.Address.Locality != "Upper End" {
		t.Errorf("%+v", s)
	}
	for _, kept := range []string{"phase: Primary # asked the head", "tags: [lite]", "key_contact: {name: Priya Usher, phone: 01632 960011} # since May", "# below: your own"} {
		if !strings.Contains(text, kept) {
			t.Errorf("%q is gone from\n%s", kept, text)
		}
	}
}

func TestSameRegisterAgainWritesNothing(t *testing.T) {
	dir := t.TempDir()
	schools := read(t, register(t, row{}, row{}), "")
	if _, err := gias.Import(dir, schools, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "content", "schools", "900001.yaml")
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	report, err := gias.Import(dir, schools, nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if report.Unchanged != 2 || len(report.Changed)+len(report.Added) != 0 || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("%+v", report)
	}
}

func TestSchoolThatTheFileDoesNotHaveIsNamed(t *testing.T) {
	dir := t.TempDir()
	if _, err := gias.Import(dir, read(t, register(t, row{}, row{}, row{"LA (code)": "998"}), ""), nil); err != nil {
		t.Fatal(err)
	}
	report, err := gias.Import(dir, read(t, register(t, row{}), ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"900002"}, report.Missing); diff != "" {
		t.Error(diff)
	}
	if s, _ := load(t, dir, "900002"); s.Status != school.Open {
		t.Error("a missing school was closed")
	}
}

// The DfE's own four rows stand beside the repository where they may.
func TestRealRegisterComesThrough(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "gias-extract.csv"))
	if err != nil {
		t.Skipf("the real extract is not beside the repository: %v", err)
	}
	schools := read(t, data, "")
	dir := t.TempDir()
	if _, err := gias.Import(dir, schools, nil); err != nil {
		t.Fatal(err)
	}
	if s, _ := load(t, dir, "100171"); len(schools) != 4 || s.LAEstab != "2033526" || s.Phase != "All-through" || s.Federation != "Koinonia Federation" || s.Pupils != "952" {
		t.Errorf("%+v", s)
	}
	if got := read(t, data, "207"); len(got) != 2 {
		t.Error(got)
	}
}

// county is a register of 50,000 rows as long as real ones.
func county(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	wide := append([]string{}, header...)
	for i := range 110 {
		wide = append(wide, fmt.Sprintf("Column %d (name)", i))
	}
	if err := w.Write(wide); err != nil {
		t.Fatal(err)
	}
	for i := range 50000 {
		base := fernside(i)
		r := make([]string, len(wide))
		for j, name := range header {
			r[j] = base[name]
		}
		r[0], r[1] = fmt.Sprintf("%06d", 100000+i), fmt.Sprintf("%03d", 800+i%150)
		for j := len(header); j < len(wide); j++ {
			r[j] = "Not applicable"
		}
		r[4] = fmt.Sprintf("School é %d, Northmoor", i)
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	latin, err := charmap.Windows1252.NewEncoder().Bytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return latin
}

func TestEmptyFileIsWrittenAnew(t *testing.T) {
	dir := t.TempDir()
	schools := read(t, register(t, row{}, row{"URN": "900002", "EstablishmentNumber": "9002"}), "")
	if _, err := gias.Import(dir, schools, nil); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "content", "schools", "900002.yaml")
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	report, err := gias.Import(dir, schools, nil)
	if err != nil || len(report.Added) != 1 || report.Unchanged != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if after, err := os.ReadFile(name); err != nil || !bytes.Equal(after, before) {
		t.Errorf("%q, %v", after, err)
	}
}

func TestDatesOfTheMiddleAgesAreKept(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		report, err := gias.Import(dir, read(t, register(t, row{"OpenDate": "01-01-1382"}), ""), nil)
		if err != nil || len(report.Changed) != 0 {
			t.Fatalf("%+v, %v", report, err)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "content", "schools", "900001.yaml"))
	if err != nil || !strings.Contains(string(data), "opened: 1382-01-01\n") {
		t.Errorf("%s, %v", data, err)
	}
}

func TestWholeCountryIsRead(t *testing.T) {
	data := county(t)
	if got := read(t, data, ""); len(got) != 50000 || got[49999].Name != "School é 49999, Northmoor" {
		t.Error(len(got))
	}
	if got := read(t, data, "801"); len(got) != 334 {
		t.Error(len(got))
	}
}

func BenchmarkRead(b *testing.B) {
	data := county(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		read(b, data, "")
	}
}

func BenchmarkImport(b *testing.B) {
	schools := read(b, county(b), "")
	for b.Loop() {
		if _, err := gias.Import(b.TempDir(), schools, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(register(f, row{}, row{"URN": "x"}), "")
	f.Add([]byte("URN,LA (code)\n\"1"), "999")
	f.Add([]byte("\xff\xfe"), "")
	f.Fuzz(func(t *testing.T, data []byte, la string) {
		schools, problems, err := gias.Read(bytes.NewReader(data), la)
		if err != nil || len(problems) > 0 {
			return
		}
		if _, err := gias.Import(t.TempDir(), schools, nil); err != nil {
			t.Fatal(err)
		}
	})
}
