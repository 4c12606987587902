package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"strings"

	"tell/result"
)

// A section is one part of the page. Its view gathers what the template
// prints; a nil view leaves the section out.
type section struct {
	id, title string
	template  string
	view      func(p *page) any
}

// sections lists the sections in the order of the page.
var sections = []section{
	findingSection,
	warningsSection,
	hiddenSection,
	effortSection,
	disagreementSection,
	conditionSection,
	dumpsSection,
	transferSection,
	targetsSection,
	trajectorySection,
	candidatesSection,
	layersSection,
	tracesSection,
	joinedSection,
	layerPairsSection,
	nestedSection,
	baselinesSection,
	tableSection,
	levelsSection,
	estimatesSection,
	slicesSection,
	calibrationSection,
	rocSection,
	controlsSection,
	casesSection,
	limitsSection,
	protocolSection,
	provenanceSection,
}

// A page is what the sections are views of.
type page struct {
	*result.Result
	scores []result.Score // averaged over the repeats
	sites  []site
	gap    result.Table // on all rows; empty where the study maps no behaviour
}

var (
	//go:embed page.html
	pageTemplate string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

var templates = func() *template.Template {
	t := template.New("page").Funcs(template.FuncMap{
		"count":   count,
		"grouped": func(n int) string { return grouped(int64(n)) },
	})
	template.Must(t.Parse(pageTemplate))
	for _, s := range sections {
		template.Must(t.New(s.id).Parse(s.template))
	}
	return t
}()

func newPage(r *result.Result, scores []result.Score) *page {
	return &page{Result: r, scores: result.Means(scores), sites: sitesOf(r), gap: gapOf(r)}
}

func (p *page) labelName(label int) string { return labelName(p.Result, label) }

// WritePage writes report.html: one file with everything in it, which needs
// neither a network nor scripts; its own script sorts and filters rows.
func WritePage(path string, r *result.Result, scores []result.Score) error {
	return writeFile(path, func(w io.Writer) error { return encodePage(w, r, scores) })
}

func encodePage(w io.Writer, r *result.Result, scores []result.Score) error {
	type part struct {
		ID, Title string
		Body      template.HTML
	}
	p := newPage(r, scores)
	var parts []part
	for _, s := range sections {
		view := s.view(p)
		if view == nil {
			continue
		}
		var body strings.Builder
		if err := templates.ExecuteTemplate(&body, s.id, view); err != nil {
			return err
		}
		parts = append(parts, part{s.id, s.title, template.HTML(body.String())})
	}
	title := oneLine(r.Name, 200)
	if title == "" {
		title = "Results of a study"
	}
	var whole strings.Builder
	err := templates.Execute(&whole, map[string]any{
		"Title":    title,
		"Run":      r.Run(),
		"Subtitle": subtitle(r),
		"Style":    template.CSS(pageCSS()),
		"Script":   template.JS(pageScript),
		"Allowed":  scriptHash(pageScript),
		"Parts":    parts,
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, printable(whole.String()))
	return err
}

// scriptHash is how a page names the one script that may run in it.
func scriptHash(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func subtitle(r *result.Result) string {
	d := r.Data
	parts := []string{rowsUsed(d)}
	if d.Layers > 0 {
		parts = append(parts, sitesProbed(r)+" × "+grouped(int64(d.Width))+" dimensions")
	}
	if d.Target != "" {
		parts = append(parts, "target "+oneLine(d.Target, 80))
	}
	return strings.Join(parts, " · ")
}

// rowsUsed says how many rows there are, and in how many groups.
func rowsUsed(d result.Data) string {
	rows := count(d.Used, "row", "rows")
	if d.Independent() {
		return rows + NoGroup
	}
	return rows + inGroups(d, d.Groups)
}

// NoGroup says how rows are treated if the study names no group.
const NoGroup = ", treated as independent, since the study names no group"

// inGroups says in how many groups the rows are, or nothing where each row would
// be a group of its own.
func inGroups(d result.Data, groups int) string {
	if d.Independent() {
		return ""
	}
	return " in " + count(groups, "group", "groups")
}

// sitesProbed says how many layers and positions of the dump were probed.
func sitesProbed(r *result.Result) string {
	layers, positions := r.Probed()
	d := r.Data
	return partOf(layers, d.Layers, "layer", "layers") + " × " + partOf(positions, d.Positions, "position", "positions")
}

// partOf prints "31 layers" or "5 of 31 layers probed".
func partOf(n, of int, one, many string) string {
	if n == of {
		return count(n, one, many)
	}
	return grouped(int64(n)) + " of " + count(of, one, many) + " probed"
}

// pageCSS fills the colours of the palette into the style sheet.
func pageCSS() string {
	return strings.NewReplacer("/*light*/", variables(false), "/*dark*/", variables(true)).Replace(pageStyle)
}

// A pageFigure is a figure on the page, drawn for both widths.
type pageFigure struct {
	Name         string
	Wide, Narrow template.HTML
	Caption      string
	Values       []string // what a pointer is told, in words
	More         int      // of them that are left out
}

// figure draws the named figure, or returns nil if there is nothing to show.
func (p *page) figure(name, caption string) *pageFigure {
	k := slices.IndexFunc(figures, func(f figure) bool { return f.name == name })
	d := figures[k].draw(p.Result)
	if d == nil {
		return nil
	}
	c := d.on(wide)
	f := &pageFigure{
		Name:    name,
		Wide:    template.HTML(inline(c.document(), "wide", d.alt)),
		Narrow:  template.HTML(inline(d.svg(narrow), "narrow", d.alt)),
		Caption: caption,
	}
	f.Values, f.More = c.told()
	return f
}
