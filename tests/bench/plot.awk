# SPDX-License-Identifier: BSD-3-Clause
# Draws an SVG of lines, in one panel or several, from rows "panel, series, x, y" with tabs between.
#
# Variables: `title`, `subtitle`, `xlabel`, `ylabel`; `ylog` for a logarithmic y axis (x always is
# one); `xunit` and `yunit` name the numbers: bytes, us, or anything else that then follows the
# number; `from`, the least y of a linear axis. Series without a colour of their own are references,
# drawn dashed. Each line ends in its name; a legend stands above.
BEGIN {
    FS = "\t"
    colour["mprun"] = "#1764ab"
    colour["Open MPI"] = "#d95f02"
    colour["MPICH"] = "#4f9d3a"
    width_of["mprun"] = 2.8
    ink = "#222222"
    grey = "#777777"
}

$4 != "" && $4 !~ /^>/ && $3 > 0 && (!ylog || $4 > 0) {
    if (!($1 in panel_seen)) {
        panel_seen[$1] = 1
        panels[++panel_count] = $1
        least_x[$1] = most_x[$1] = $3 + 0
        least_y[$1] = most_y[$1] = $4 + 0
    }
    if (!($2 in series_seen)) {
        series_seen[$2] = 1
        series[++series_count] = $2
    }
    n = ++points[$1, $2]
    xs[$1, $2, n] = $3 + 0
    ys[$1, $2, n] = $4 + 0
    if (!(($1, $3) in tick_seen)) {
        tick_seen[$1, $3] = 1
        ticks[$1, ++tick_count[$1]] = $3 + 0
    }
    least_x[$1] = $3 + 0 < least_x[$1] ? $3 + 0 : least_x[$1]
    most_x[$1] = $3 + 0 > most_x[$1] ? $3 + 0 : most_x[$1]
    least_y[$1] = $4 + 0 < least_y[$1] ? $4 + 0 : least_y[$1]
    most_y[$1] = $4 + 0 > most_y[$1] ? $4 + 0 : most_y[$1]
}

# ---- Numbers with units ----

function plain(v) {
    return sprintf("%.4g", v) + 0 == 0 ? "0" : v >= 1e4 ? sprintf("%d", v) : sprintf("%.4g", v)
}

function x_text(v) {
    if (xunit != "bytes") {
        return plain(v)
    }
    return v < 1024 ? v " B" : v < 1048576 ? v / 1024 " KiB" : v / 1048576 " MiB"
}

function y_text(v) {
    if (yunit != "us") {
        return plain(v) yunit
    }
    return v < 1 ? plain(v * 1e3) " ns" : v < 1e3 ? plain(v) " µs" : \
        v < 1e6 ? plain(v / 1e3) " ms" : plain(v / 1e6) " s"
}

function escape(s) {
    gsub(/&/, "\\&amp;", s)
    gsub(/</, "\\&lt;", s)
    return s
}

# ---- SVG ----

function text(x, y, size, anchor, fill, s, more) {
    printf "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%s\" text-anchor=\"%s\" " \
        "fill=\"%s\"%s>%s</text>\n", x, y, size, anchor, fill, more, escape(s)
}

function rule(x1, y1, x2, y2, stroke, width, more) {
    printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" " \
        "stroke=\"%s\" stroke-width=\"%s\"%s/>\n", x1, y1, x2, y2, stroke, width, more
}

function stroke_of(name) {
    return (name in colour) ? colour[name] : grey
}

function dash_of(name) {
    return (name in colour) ? "" : " stroke-dasharray=\"5 4\""
}

function thickness_of(name) {
    return (name in width_of) ? width_of[name] : 1.8
}

# ---- Axes ----

# The next of 1, 2, 5, 10, 20 ... that is not below v, or with `down` not above it.
function round_125(v, down,    power, digit) {
    power = 10 ^ floor(log(v) / log(10) + 1e-9)
    digit = v / power
    if (down) {
        return power * (digit >= 5 - 1e-6 ? 5 : digit >= 2 - 1e-6 ? 2 : 1)
    }
    return power * (digit <= 1 + 1e-6 ? 1 : digit <= 2 + 1e-6 ? 2 : digit <= 5 + 1e-6 ? 5 : 10)
}

function floor(v) {
    return int(v) > v ? int(v) - 1 : int(v)
}

function px(p, v,    span) {
    span = log(most_x[p] / least_x[p])
    return left + (span > 0 ? log(v / least_x[p]) / span : 0.5) * plot_width
}

function py(v) {
    return top + plot_height * \
        (1 - (ylog ? log(v / low) / log(high / low) : (v - low) / (high - low)))
}

function y_tick(v) {
    rule(left, py(v), left + plot_width, py(v), "#e4e4e4", 1)
    text(left - 7, py(v) + 4, 11, "end", ink, y_text(v))
}

function draw_y_axis(p,    v, step, wide) {
    if (ylog) {
        low = round_125(least_y[p], 1)
        high = round_125(most_y[p] > least_y[p] ? most_y[p] : 2 * most_y[p])
        if (low == high) {
            low = low / 10
        }
        wide = log(high / low) / log(10) > 2.5
        for (v = low; v <= high * 1.001; v = round_125(v * 1.5)) {
            if (!wide || log(v) / log(10) - floor(log(v) / log(10) + 0.01) < 0.02) {
                y_tick(v)
            }
        }
        return
    }
    low = from + 0
    step = round_125((most_y[p] - low) / 5)
    for (high = low; high < most_y[p] * 0.999; high += step) {
    }
    for (v = low; v <= high * 1.001; v += step) {
        y_tick(v)
    }
}

function draw_x_axis(p,    i, x) {
    for (i = 1; i <= tick_count[p]; i++) {
        x = px(p, ticks[p, i])
        rule(x, top, x, top + plot_height, "#f0f0f0", 1)
        rule(x, top + plot_height, x, top + plot_height + 4, ink, 1)
        text(x, top + plot_height + 17, 10.5, "middle", ink, x_text(ticks[p, i]))
    }
    rule(left, top + plot_height, left + plot_width, top + plot_height, ink, 1)
    text(left + plot_width / 2, top + plot_height + 35, 12, "middle", ink, xlabel)
}

# ---- Lines ----

function draw_series(p, name,    i, path, order) {
    path = ""
    for (i = 1; i <= points[p, name]; i++) {
        path = path sprintf("%s%.1f %.1f", i == 1 ? "M" : " L", \
            px(p, xs[p, name, i]), py(ys[p, name, i]))
    }
    printf "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" " \
        "stroke-linejoin=\"round\"%s/>\n", path, stroke_of(name), thickness_of(name), dash_of(name)
    for (i = 1; (name in colour) && i <= points[p, name]; i++) {
        printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", px(p, xs[p, name, i]),
            py(ys[p, name, i]), colour[name]
    }
}

# The names at the ends of the lines, from the top down, none over another.
function draw_names(p,    i, j, n, held, order, at) {
    n = 0
    for (i = 1; i <= series_count; i++) {
        if (points[p, series[i]] > 0) {
            held = series[i]
            at[held] = py(ys[p, held, points[p, held]])
            for (j = n++; j > 0 && at[order[j]] > at[held]; j--) {
                order[j + 1] = order[j]
            }
            order[j + 1] = held
        }
    }
    for (i = 2; i <= n; i++) {
        if (at[order[i]] < at[order[i - 1]] + 14) {
            at[order[i]] = at[order[i - 1]] + 14
        }
    }
    for (i = 1; i <= n; i++) {
        text(px(p, xs[p, order[i], points[p, order[i]]]) + 9, at[order[i]] + 4, 11.5, "start",
            stroke_of(order[i]), order[i], order[i] == "mprun" ? " font-weight=\"bold\"" : "")
    }
}

function draw_panel(p, column, line,    i) {
    left = column * cell_width + 74
    top = head + line * cell_height + (panel_count > 1 ? 26 : 8)
    plot_width = cell_width - 74 - 96
    plot_height = cell_height - (panel_count > 1 ? 26 : 8) - 52
    if (panel_count > 1) {
        text(left, top - 10, 13, "start", ink, p, " font-weight=\"bold\"")
    }
    draw_y_axis(p)
    draw_x_axis(p)
    for (i = series_count; i > 0; i--) { # ours comes last, on top
        if (points[p, series[i]] > 0) {
            draw_series(p, series[i])
        }
    }
    draw_names(p)
}

function draw_legend(y,    i, x) {
    x = 24
    for (i = 1; i <= series_count; i++) {
        rule(x, y - 4, x + 26, y - 4, stroke_of(series[i]), thickness_of(series[i]),
            dash_of(series[i]))
        text(x + 32, y, 12, "start", ink, series[i])
        x += 56 + 7.2 * length(series[i])
    }
    text(width - 24, y, 12, "end", grey, ylabel)
}

END {
    if (panel_count == 0) {
        exit 1
    }
    columns = panel_count == 1 ? 1 : panel_count <= 4 ? 2 : 3
    lines = int((panel_count + columns - 1) / columns)
    head = 92
    cell_width = panel_count == 1 ? 860 : 470
    cell_height = panel_count == 1 ? 430 : 310
    width = columns * cell_width
    height = head + lines * cell_height + 8
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" " \
        "width=\"%d\" height=\"%d\" " \
        "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n", \
        width, height, width, height
    printf "<title>%s</title>\n", escape(title)
    printf "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, height
    text(24, 32, 18, "start", ink, title, " font-weight=\"bold\"")
    text(24, 52, 12, "start", grey, subtitle)
    draw_legend(78)
    for (i = 0; i < panel_count; i++) {
        draw_panel(panels[i + 1], i % columns, int(i / columns))
    }
    print "</svg>"
}
