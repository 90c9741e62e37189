package powercut

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// line writes a call as strace does: paths and bytes in hexadecimal.
func line(text string) string {
	parts := strings.Split(text, `'`)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = `"` + hexed(parts[i]) + `"`
	}
	return "7 " + strings.Join(parts, "")
}

func recorded(t *testing.T, lines ...string) *Recording {
	t.Helper()
	r, err := Record(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r.Root = "/d"
	for i := range lines {
		lines[i] = line(lines[i])
	}
	if err := r.read(strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	return r
}

// seen are all the folders that may be found after a cut, as text.
func seen(r *Recording, cut int, d Disk) []string {
	all := map[string]bool{}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		t := r.Rebuild(cut, d, min(Rest(i), Some), rng)
		var b strings.Builder
		for _, p := range slices.Sorted(maps.Keys(t)) {
			b.WriteString(p + "=" + strings.ReplaceAll(string(t[p]), "\x00", "0") + " ")
		}
		all[strings.TrimSpace(b.String())] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func TestWhatADiskMayHold(t *testing.T) {
	long := strings.Repeat("a", 512) + strings.Repeat("b", 512)
	for _, c := range []struct {
		name  string
		disk  Disk
		lines []string
		want  []string // all that may be found
	}{
		{"nothing is certain", Journalled, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `write(3, 'xy', 2) = 2`, `write(3, 'z', 1) = 1`,
		}, []string{"", "f=", "f=00z", "f=xy", "f=xyz", "f=000", "f=00", "f=xy0"}},
		{"an fsync brings the name with it", Journalled, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `write(3, 'xy', 2) = 2`, `fsync(3) = 0`,
		}, []string{"f=xy"}},
		{"to the letter it does not", Careless, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `write(3, 'xy', 2) = 2`, `fsync(3) = 0`,
		}, []string{"", "f=xy"}},
		{"the folder's fsync does", Careless, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `write(3, 'xy', 2) = 2`, `fsync(3) = 0`, `open('/d', O_RDONLY) = 4`, `fsync(4) = 0`,
		}, []string{"f=xy"}},
		{"an fsync that has not returned", Journalled, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `fsync(3) = 0`, `write(3, 'x', 1) = 1`, `fsync(3 <unfinished ...>`,
		}, []string{"f=", "f=0", "f=x"}},
		{"a write during an fsync", Journalled, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `fsync(3 <unfinished ...>`, `<... fsync resumed>) = 0`,
			`write(3, 'x', 1) = 1`,
		}, []string{"f=", "f=0", "f=x"}},
		{"renames keep their order", Journalled, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `open('/d/g', O_WRONLY|O_CREAT, 0600) = 4`, `fsync(4) = 0`,
			`unlink('/d/g') = 0`, `rename('/d/f', '/d/h') = 0`,
		}, []string{"f=", "f= g=", "h="}},
		{"or do not", Careless, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `open('/d/g', O_WRONLY|O_CREAT, 0600) = 4`, `open('/d', O_RDONLY) = 5`, `fsync(5) = 0`,
			`unlink('/d/g') = 0`, `rename('/d/f', '/d/h') = 0`,
		}, []string{"f=", "f= g=", "g= h=", "h="}},
		{"a failed call did nothing", Journalled, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `fsync(3) = 0`, `unlink('/d/f') = -1 EPERM (Operation not permitted)`,
		}, []string{"f="}},
		{"sectors tear", Journalled, []string{
			`open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `fsync(3) = 0`, `pwrite64(3, '` + long + `', 1024, 0) = 1024`,
		}, []string{"f=", "f=" + long[:512], "f=" + long, "f=" + strings.Repeat("0", 512) + long[512:], "f=" + strings.Repeat("0", 1024), "f=" + long[:512] + strings.Repeat("0", 512)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := recorded(t, c.lines...)
			slices.Sort(c.want)
			if got := seen(r, r.Len(), c.disk); !slices.Equal(got, c.want) {
				t.Errorf("may be found: %.200q\nwant %.200q", got, c.want)
			}
		})
	}
}

func TestPromisesCountFromTheirCall(t *testing.T) {
	r := recorded(t, `open('/d/f', O_WRONLY|O_CREAT, 0600) = 3`, `write(1<'pipe'>, 'saved', 5 <unfinished ...>`, `<... write resumed>) = 5`)
	if got := r.Promised(1) + "|" + r.Promised(2); got != "|saved" {
		t.Errorf("promised %q", got)
	}
}

// What the model does not know must stop the test, not be overlooked.
func TestUnknownCallsAreRefused(t *testing.T) {
	for _, text := range []string{
		`copy_file_range(3</d/f>, NULL, 4<'/d/g'>, NULL, 9, 0) = 9`,
		`fallocate(3<'/d/f'>, 0, 0, 9) = 0`,
		`syncfs(3<'/d'>) = 0`,
		`rename('/elsewhere', '/d/f') = 0`,
		`unlink('/d/no/f') = 0`,
		`pwrite64(3<'/d/f'>, 'x'..., 9, 0) = 9`,
		`mmap(NULL, 9, PROT_READ|PROT_WRITE, MAP_SHARED, 3<'/d/f'>, 0) = 0x7f0000000000`,
	} {
		r := recorded(t, `open('/d/f', O_RDWR|O_CREAT, 0600) = 3`)
		more := line(`open('/d/f', O_RDWR) = 3`) + "\n" + line(text)
		if err := r.read(strings.NewReader(more)); err == nil {
			t.Errorf("taken: %s", text)
		}
	}
}
