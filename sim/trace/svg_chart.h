// SPDX-License-Identifier: Apache-2.0
// A small writer of SVG charts: axes with round numbers, lines, bars, marks, legend. No scripts, no
// external fonts.
//
// Colours are those of Okabe and Ito (2008), told apart by all kinds of colour vision. Sizes are
// pixels. All text is escaped. A chart draws itself at an offset, so that several make a page.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

inline constexpr std::string_view kBlue = "#0072B2";
inline constexpr std::string_view kOrange = "#E69F00";
inline constexpr std::string_view kGreen = "#009E73";
inline constexpr std::string_view kVermilion = "#D55E00";
inline constexpr std::string_view kPurple = "#CC79A7";
inline constexpr std::string_view kSky = "#56B4E9";
inline constexpr std::string_view kInk = "#222222";
inline constexpr std::string_view kFaint = "#767676";

// A finished piece of drawing.
struct SvgPicture {
  double width = 0;
  double height = 0;
  std::string body;
};

// A whole SVG file from pictures one below the other.
std::string svgDocument(const std::vector<SvgPicture>& pictures);

// Text as it may stand in SVG.
std::string svgEscape(std::string_view text);

// About `count` round values from 0 or `low` to beyond `high`.
std::vector<double> roundTicks(double low, double high, int count);

class SvgChart {
 public:
  struct Axis {
    std::string title;  // with its unit: "time, s"
    double low = 0;
    double high = 1;
    std::function<std::string(double)> format;  // of tick labels; not set: plain number with prefix
    std::vector<std::pair<double, std::string>> labels;  // instead of ticks
    std::vector<std::pair<double, std::string>> groups;  // second row of labels
    bool ticks_only = true;                              // extend the range to the last tick
  };

  SvgChart(std::string title, std::string subtitle, double width = 760, double height = 300);

  void setX(Axis axis);
  void setY(Axis axis);
  // Steps: a value per interval, drawn from xs[i] to xs[i + 1]; the last value to `end`.
  void steps(const std::vector<double>& xs, const std::vector<double>& ys, double end,
             std::string_view colour, const std::string& legend, bool filled = false);
  void bar(double left, double right, double value, std::string_view colour);
  // A short line across [left, right] at a value: "expected".
  void level(double left, double right, double value, std::string_view colour);
  // A vertical line with text at its top.
  void mark(double x, const std::string& text, std::string_view colour = kFaint);
  void legend(const std::string& text, std::string_view colour);

  SvgPicture picture() const;

 private:
  double px(double x) const;
  double py(double y) const;
  std::string axes() const;
  std::string legendText() const;

  struct LegendEntry {
    std::string text;
    std::string_view colour;
  };

  std::string title_, subtitle_;
  double width_, height_;
  Axis x_, y_;
  std::vector<double> x_ticks_, y_ticks_;
  std::vector<LegendEntry> legend_;
  std::string shapes_;
  std::string marks_;
  std::vector<double> mark_ends_;  // right end of the text of the last mark, by row
};

}  // namespace sluice
