package activations

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"tell/activations/internal/input"
	"tell/activations/table"
)

// isInspectLog tells the logs of Inspect, which are zip archives as npz files are,
// but hold no array.
func isInspectLog(f *input.File, head []byte, _ Spec) bool {
	if !startsWith(zipMagic)(head) {
		return false
	}
	z, err := zip.NewReader(f.R, f.Size)
	return err == nil && !slices.ContainsFunc(z.File, func(m *zip.File) bool { return strings.HasSuffix(m.Name, ".npy") }) &&
		slices.ContainsFunc(z.File, func(m *zip.File) bool {
			return m.Name == "header.json" || strings.HasPrefix(m.Name, "_journal/") || strings.HasPrefix(m.Name, "samples/")
		})
}

func openInspectLog(f *input.File, _ Spec) (source, error) {
	return nil, f.Errorf("", 0, "an eval log of Inspect, a table of samples", "hidden states; give the log as the examples of a dump")
}

// The bounds of a sample: in bytes, and in how far it may expand.
const (
	maxSample    = 256 << 20
	maxExpansion = 1000
)

// unreadOfSample are the fields of a sample that hold the whole run of it, which no
// table needs.
var unreadOfSample = []string{"messages", "events", "events_data", "attachments", "store", "timelines"}

// inspectSample is a sample with what orders it.
type inspectSample struct {
	member string
	epoch  int
	id     json.RawMessage
	keys   []string
	fields map[string]json.RawMessage
}

// inspectExamples reads the samples of a log of Inspect: a row a sample and epoch, by
// epoch and then by id, as Inspect sorts them. Fields are those of the samples,
// without the transcript; what is nested, such as scores.match.value, is found by its
// dotted name. An input of messages is their text, targets are joined by commas.
func inspectExamples(f *input.File, _ []string) (*Examples, error) {
	z, err := zip.NewReader(f.R, f.Size)
	if err != nil {
		return nil, f.Errorf("zip directory", -1, input.InWords(err), "the directory of a zip archive: the file may be cut short")
	}
	z.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderMaxMemory(maxSample)))
	last := map[string]*zip.File{}
	for _, m := range z.File {
		if strings.HasPrefix(m.Name, "samples/") && strings.HasSuffix(m.Name, ".json") {
			last[m.Name] = m // a sample that was logged again comes later
		}
	}
	var samples []inspectSample
	named := false
	for name, m := range last {
		s, err := readSample(m)
		if err != nil {
			return nil, f.Errorf(fmt.Sprintf("member %q", name), -1, input.InWords(err), "a sample of Inspect, as JSON")
		}
		named = named || s.id[0] == '"'
		samples = append(samples, s)
	}
	if len(samples) == 0 {
		return nil, f.Errorf("", -1, "an eval log of Inspect without samples", "at least one sample: the run may have been stopped before the first")
	}
	order := func(s *inspectSample) string {
		if s.id[0] == '"' {
			return string(s.id[1:])
		}
		return fmt.Sprintf("%020s", s.id)
	}
	slices.SortFunc(samples, func(a, b inspectSample) int {
		return cmp.Or(cmp.Compare(a.epoch, b.epoch), cmp.Compare(order(&a), order(&b)), cmp.Compare(a.member, b.member))
	})
	rows := table.NewObjects(f.Path)
	for i := range samples {
		s := &samples[i]
		if named && s.id[0] != '"' {
			s.fields["id"] = json.RawMessage(strconv.Quote(string(s.id)))
		}
		if err := rows.Add(s.object(), fmt.Sprintf("member %q", s.member)); err != nil {
			return nil, err
		}
	}
	return rows.Table(), nil
}

func readSample(m *zip.File) (s inspectSample, err error) {
	r, err := m.Open()
	if err != nil {
		return s, err
	}
	defer r.Close()
	most := int64(min(maxSample, maxExpansion*m.CompressedSize64+1<<16))
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return s, err
	}
	if int64(len(data)) > most {
		return s, fmt.Errorf("more than %d bytes out of %d", most, m.CompressedSize64)
	}
	s = inspectSample{member: m.Name, fields: map[string]json.RawMessage{}}
	dec := json.NewDecoder(bytes.NewReader(table.NullNumbers(data)))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return s, fmt.Errorf("%.20q", data[:min(len(data), 20)])
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return s, err
		}
		key := token.(string)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return s, err
		}
		if slices.Contains(unreadOfSample, key) {
			continue
		}
		switch key {
		case "input":
			raw = inputText(raw)
		case "target":
			raw = targetText(raw)
		case "id":
			s.id = raw
		case "epoch":
			if json.Unmarshal(raw, &s.epoch) != nil {
				return s, fmt.Errorf("epoch %.20q", raw)
			}
		}
		if _, twice := s.fields[key]; !twice {
			s.keys = append(s.keys, key)
		}
		s.fields[key] = raw
	}
	if _, err := dec.Token(); err != nil {
		return s, err
	}
	if len(s.id) == 0 || s.id[0] != '"' && (s.id[0] < '0' || s.id[0] > '9') {
		return s, fmt.Errorf("id %.20q", s.id)
	}
	return s, nil
}

// object writes the fields that are kept.
func (s *inspectSample) object() []byte {
	b := []byte{'{'}
	for i, key := range s.keys {
		if i > 0 {
			b = append(b, ',')
		}
		name, _ := json.Marshal(key) // a string never fails
		b = append(append(append(b, name...), ':'), s.fields[key]...)
	}
	return append(b, '}')
}

// inputText is an input as text: that of its messages, each after its role, where it
// is some.
func inputText(raw json.RawMessage) json.RawMessage {
	var messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	}
	if raw[0] != '[' || json.Unmarshal(raw, &messages) != nil {
		return raw
	}
	var all []string
	for _, m := range messages {
		var text string
		if json.Unmarshal(m.Content, &text) != nil {
			var parts []struct{ Text string }
			json.Unmarshal(m.Content, &parts) // what is no text has none
			for _, p := range parts {
				text += p.Text
			}
		}
		all = append(all, m.Role+":\n"+text)
	}
	return jsonText(strings.Join(all, "\n\n"))
}

func targetText(raw json.RawMessage) json.RawMessage {
	var targets []string
	if raw[0] != '[' || json.Unmarshal(raw, &targets) != nil {
		return raw
	}
	return jsonText(strings.Join(targets, ", "))
}

func jsonText(text string) json.RawMessage {
	b, _ := json.Marshal(text) // a string never fails
	return b
}
