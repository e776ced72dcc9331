// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/svg_chart.h"

#include <algorithm>
#include <cmath>

#include "sim/trace/format_number.h"

namespace sluice {
namespace {

constexpr double kLeft = 84;
constexpr double kRight = 24;
constexpr double kTop = 66;
constexpr double kBottom = 52;
constexpr double kGlyph = 6.6;  // mean width of a character at 12 px

std::string num(double value) { return fixedPoint(value, 1); }

std::string line(double x1, double y1, double x2, double y2, std::string_view colour, double width,
                 const char* extra = "") {
  return "<line x1=\"" + num(x1) + "\" y1=\"" + num(y1) + "\" x2=\"" + num(x2) + "\" y2=\"" +
         num(y2) + "\" stroke=\"" + std::string(colour) + "\" stroke-width=\"" + num(width) + "\"" +
         extra + "/>\n";
}

std::string text(double x, double y, const std::string& content, double size,
                 std::string_view colour, const std::string& anchor = "start",
                 const std::string& extra = "") {
  return "<text x=\"" + num(x) + "\" y=\"" + num(y) + "\" font-size=\"" + num(size) + "\" fill=\"" +
         std::string(colour) + "\" text-anchor=\"" + anchor + "\"" + extra + ">" +
         svgEscape(content) + "</text>\n";
}

std::string rect(double x, double y, double width, double height, std::string_view colour) {
  return "<rect x=\"" + num(x) + "\" y=\"" + num(y) + "\" width=\"" + num(width) + "\" height=\"" +
         num(height) + "\" fill=\"" + std::string(colour) + "\"/>\n";
}

}  // namespace

std::string svgEscape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result;
}

std::vector<double> roundTicks(double low, double high, int count) {
  if (!(high > low)) high = low + 1;
  const double rough = (high - low) / std::max(1, count);
  const double decade = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * decade;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * decade >= rough * 0.999) {
      step = factor * decade;
      break;
    }
  }
  std::vector<double> ticks;
  const double start = std::floor(low / step + 1e-9) * step;
  for (int i = 0; i < 100; ++i) {
    ticks.push_back(start + i * step);
    if (ticks.back() >= high - step * 1e-6) break;
  }
  return ticks;
}

std::string svgDocument(const std::vector<SvgPicture>& pictures) {
  double width = 0, height = 0;
  std::string body;
  for (const SvgPicture& picture : pictures) {
    body += "<g transform=\"translate(0," + num(height) + ")\">\n" + picture.body + "</g>\n";
    width = std::max(width, picture.width);
    height += picture.height;
  }
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + num(width) + " " +
         num(height) + "\" width=\"" + num(width) + "\" height=\"" + num(height) +
         "\" font-family=\"DejaVu Sans, Verdana, Helvetica, Arial, sans-serif\">\n" +
         rect(0, 0, width, height, "#ffffff") + body + "</svg>\n";
}

SvgChart::SvgChart(std::string title, std::string subtitle, double width, double height)
    : title_(std::move(title)), subtitle_(std::move(subtitle)), width_(width), height_(height) {
  setX({});
  setY({});
}

void SvgChart::setX(Axis axis) {
  x_ = std::move(axis);
  x_ticks_ = roundTicks(x_.low, x_.high, 8);
}

void SvgChart::setY(Axis axis) {
  y_ = std::move(axis);
  y_ticks_ = roundTicks(y_.low, y_.high, 5);
  if (y_.ticks_only) y_.high = y_ticks_.back();
}

double SvgChart::px(double x) const {
  const double span = x_.high > x_.low ? x_.high - x_.low : 1;
  return kLeft + (x - x_.low) / span * (width_ - kLeft - kRight);
}

double SvgChart::py(double y) const {
  const double span = y_.high > y_.low ? y_.high - y_.low : 1;
  return height_ - kBottom - (y - y_.low) / span * (height_ - kTop - kBottom);
}

void SvgChart::steps(const std::vector<double>& xs, const std::vector<double>& ys, double end,
                     std::string_view colour, const std::string& legend_text, bool filled) {
  if (xs.empty()) return;
  std::string path;
  for (size_t i = 0; i < xs.size(); ++i) {
    const double right = i + 1 < xs.size() ? xs[i + 1] : end;
    path += (i == 0 ? "M" : "L") + num(px(xs[i])) + " " + num(py(ys[i])) + "L" + num(px(right)) +
            " " + num(py(ys[i]));
  }
  if (filled) {
    shapes_ += "<path d=\"" + path + "L" + num(px(end)) + " " + num(py(y_.low)) + "L" +
               num(px(xs[0])) + " " + num(py(y_.low)) + "Z\" fill=\"" + std::string(colour) +
               "\" fill-opacity=\"0.18\"/>\n";
  }
  shapes_ += "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + std::string(colour) +
             "\" stroke-width=\"1.8\" stroke-linejoin=\"round\"/>\n";
  if (!legend_text.empty()) legend(legend_text, colour);
}

void SvgChart::bar(double left, double right, double value, std::string_view colour) {
  const double top = py(std::max(value, y_.low));
  shapes_ += rect(px(left), top, std::max(0.5, px(right) - px(left)), py(y_.low) - top, colour);
}

void SvgChart::level(double left, double right, double value, std::string_view colour) {
  shapes_ += line(px(left), py(value), px(right), py(value), colour, 2.4);
}

void SvgChart::mark(double x, const std::string& label, std::string_view colour) {
  const double at = px(x);
  const double length = static_cast<double>(label.size()) * 5.8 + 8;
  const bool at_right = at + length > width_ - 4;
  // The first row whose last text ends before this one starts.
  const double start = at_right ? at - length : at;
  size_t row = 0;
  while (row < mark_ends_.size() && mark_ends_[row] > start) ++row;
  mark_ends_.resize(std::max(mark_ends_.size(), row + 1));
  mark_ends_[row] = start + length;
  marks_ += line(at, kTop, at, height_ - kBottom, colour, 1.0, " stroke-dasharray=\"4 3\"");
  marks_ += text(at + (at_right ? -4 : 4), kTop + 11 + static_cast<double>(row) * 12, label, 10,
                 kInk, at_right ? "end" : "start",
                 " stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\"");
}

void SvgChart::legend(const std::string& label, std::string_view colour) {
  legend_.push_back({label, colour});
}

std::string SvgChart::axes() const {
  std::string out;
  const double bottom = height_ - kBottom;
  const auto labelOf = [](const Axis& axis, double value) {
    return axis.format ? axis.format(value) : withPrefix(value);
  };
  for (const double tick : y_ticks_) {
    if (tick < y_.low - 1e-12 || tick > y_.high * (1 + 1e-9)) continue;
    out += line(kLeft, py(tick), width_ - kRight, py(tick), "#e4e4e4", 1);
    out += text(kLeft - 8, py(tick) + 4, labelOf(y_, tick), 12, kInk, "end");
  }
  if (x_.labels.empty()) {
    for (const double tick : x_ticks_) {
      if (tick < x_.low - 1e-12 || tick > x_.high * (1 + 1e-9)) continue;
      out += line(px(tick), bottom, px(tick), bottom + 5, kInk, 1);
      out += text(px(tick), bottom + 19, labelOf(x_, tick), 12, kInk, "middle");
    }
  }
  for (const auto& [at, label] : x_.labels)
    out += text(px(at), bottom + 18, label, 11, kInk, "middle");
  for (const auto& [at, label] : x_.groups)
    out += text(px(at), bottom + 36, label, 12, kInk, "middle");
  out += line(kLeft, bottom, width_ - kRight, bottom, kInk, 1);
  out += text((kLeft + width_ - kRight) / 2, height_ - 12, x_.title, 12, kInk, "middle");
  const double middle = (kTop + bottom) / 2;
  out += text(20, middle, y_.title, 12, kInk, "middle",
              " transform=\"rotate(-90 20 " + num(middle) + ")\"");
  return out;
}

std::string SvgChart::legendText() const {
  std::string out;
  double at = width_ - kRight;
  for (auto entry = legend_.rbegin(); entry != legend_.rend(); ++entry) {
    at -= static_cast<double>(entry->text.size()) * kGlyph;
    out += text(at, 44, entry->text, 12, kInk);
    out += rect(at - 18, 35, 13, 9, entry->colour);
    at -= 36;
  }
  return out;
}

SvgPicture SvgChart::picture() const {
  std::string body = text(kLeft - 64, 24, title_, 16, kInk, "start", " font-weight=\"bold\"");
  if (!subtitle_.empty()) body += text(kLeft - 64, 44, subtitle_, 12, kFaint);
  body += legendText() + axes() + shapes_ + marks_;
  return {width_, height_, body};
}

}  // namespace sluice
