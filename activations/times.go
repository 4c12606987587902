package activations

import (
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// Dates and times are text, the same from Arrow and Parquet: a time with a zone
// in UTC with a Z, one without a zone as it is written.

func dateText(days int64) string { return time.Unix(days*86400, 0).UTC().Format(time.DateOnly) }

func timestampText(v int64, unit time.Duration, zoned bool) string {
	perSecond := int64(time.Second / unit)
	seconds, rest := v/perSecond, v%perSecond
	layout := "2006-01-02T15:04:05.999999999"
	if zoned {
		layout += "Z07:00"
	}
	return time.Unix(seconds, rest*int64(unit)).UTC().Format(layout)
}

func timeText(v int64, unit time.Duration) string {
	perSecond := int64(time.Second / unit)
	return time.Unix(v/perSecond, v%perSecond*int64(unit)).UTC().Format("15:04:05.999999999")
}

func durationText(v int64, unit arrow.TimeUnit) string { return fmt.Sprintf("%d%s", v, unit) }
