// SPDX-License-Identifier: Apache-2.0
// RtlDataPlane for any Verilated sluice_top; included once per profile. See rtl_data_plane.h.
#pragma once

#include <verilated.h>
#if VM_TRACE
#include <verilated_fst_c.h>
#endif

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <vector>

#include "sim/engine/rtl_data_plane.h"

namespace sluice {

// A Verilated port of any width as 32-bit words, least significant first.
template <std::size_t kWords>
uint32_t* portWords(VlWide<kWords>& port) {
  return port.data();
}
inline uint32_t* portWords(QData& port) { return reinterpret_cast<uint32_t*>(&port); }
inline uint32_t* portWords(IData& port) { return &port; }

template <class Top, unsigned kDataWidth>
class RtlDataPlane final : public DataPlane {
 public:
  explicit RtlDataPlane(const RtlOptions& options)
      : options_(options),
        period_ps_(1'000'000'000'000 / options.clock_hz),
        top_(std::make_unique<Top>(&context_)) {
    openWaves();
    reset();
  }
  ~RtlDataPlane() override {
#if VM_TRACE
    if (wave_) wave_->close();
#endif
    top_->final();
  }

  void setSink(DataPlaneSink* sink) override { sink_ = sink; }
  uint64_t busErrors() const override { return bus_errors_; }
  uint64_t now() const override { return now_ps_ / 1000; }
  uint64_t cycles() const override { return cycles_; }
  uint64_t evaluatedCycles() const override { return evaluated_; }
  uint64_t clockHz() const override { return options_.clock_hz; }

  uint32_t read32(uint32_t address) override {
    top_->s_axil_araddr_i = address;
    top_->s_axil_arvalid_i = 1;
    top_->s_axil_rready_i = 1;
    for (uint32_t i = 0; i < kBusTimeout; ++i) {
      // Ready may depend on valid: outputs are looked at once they have settled.
      top_->eval();
      const bool taken = top_->s_axil_arready_o;
      const bool answered = top_->s_axil_rvalid_o;
      const uint32_t data = top_->s_axil_rdata_o;
      const bool error = top_->s_axil_rresp_o != 0;
      clock();
      if (taken) top_->s_axil_arvalid_i = 0;
      if (answered) return error ? ++bus_errors_, 0xffffffff : data;
    }
    return busHung(address);
  }

  void write32(uint32_t address, uint32_t value) override {
    top_->s_axil_awaddr_i = address;
    top_->s_axil_awvalid_i = 1;
    top_->s_axil_wdata_i = value;
    top_->s_axil_wstrb_i = 15;
    top_->s_axil_wvalid_i = 1;
    top_->s_axil_bready_i = 1;
    for (uint32_t i = 0; i < kBusTimeout; ++i) {
      top_->eval();
      const bool address_taken = top_->s_axil_awready_o;
      const bool data_taken = top_->s_axil_wready_o;
      const bool answered = top_->s_axil_bvalid_o;
      const bool error = top_->s_axil_bresp_o != 0;
      clock();
      if (address_taken) top_->s_axil_awvalid_i = 0;
      if (data_taken) top_->s_axil_wvalid_i = 0;
      if (answered) {
        bus_errors_ += error;
        return;
      }
    }
    busHung(address);
  }

  void offer(const FrameIn& frame) override {
    runUntil(frame.arrival_ns);
    Port& port = ports_[frame.port];
    while (port.waiting.size() >= kMaxWaiting) clock();
    Frame& f = port.waiting.emplace_back(takeSpare());
    f.id = frame.id;
    f.length = static_cast<uint32_t>(frame.bytes.size());
    f.cpu_dest = frame.cpu_dest;
    f.bad = frame.bad;
    // One spare beat of zeros: the copy to the bus is always a whole beat.
    f.bytes.resize(f.length + 2 * kBeatBytes);
    std::memcpy(f.bytes.data(), frame.bytes.data(), f.length);
    std::memset(f.bytes.data() + f.length, 0, kBeatBytes);
    ++outstanding_;
    quiet_ = 0;
    sending_ |= 1u << frame.port;
  }

  void runUntil(uint64_t ns) override {
    const uint64_t target_ps = ns * 1000;
    while (now_ps_ < target_ps) {
      if (idle()) {
        skip((target_ps - now_ps_ + period_ps_ - 1) / period_ps_);
      } else {
        clock();
      }
    }
  }

  void startWaves() override {
#if VM_TRACE
    wave_origin_ps_ = now_ps_;
#endif
  }

  void drain() override {
    for (uint64_t quiet = 0; outstanding_ != 0 || top_->busy_o; ++quiet) {
      const uint64_t before = outstanding_;
      clock();
      if (outstanding_ != before) quiet = 0;
      if (quiet > kDrainTimeout) {
        std::fprintf(stderr,
                     "RtlDataPlane: %llu frames never came out; STATUS 0x%08x, event pending %d\n",
                     static_cast<unsigned long long>(outstanding_),
                     read32(regs::StatusReg::kOffset), top_->m_axis_event_tvalid_o);
        std::abort();
      }
    }
  }

 private:
  static constexpr uint32_t kBeatBytes = kDataWidth / 8;
  static constexpr uint32_t kBeatWords = kDataWidth / 32;
  static constexpr uint32_t kBusTimeout = 100'000;
  static constexpr uint64_t kDrainTimeout = 4'000'000;
  static constexpr size_t kMaxWaiting = 256;
  // Cycles after the last activity in which counters may still move.
  static constexpr uint32_t kSettleCycles = 16;

  struct Frame {
    uint64_t id = 0;
    uint64_t stamp = 0;
    uint64_t first_cycle = 0;
    uint32_t length = 0;
    uint8_t cpu_dest = 0;
    bool bad = false;
    std::vector<uint8_t> bytes;
  };
  struct Port {
    std::deque<Frame> waiting;   // front: being sent
    std::deque<Frame> accepted;  // sent, result not seen yet
    uint32_t sent = 0;           // bytes of waiting.front() already on the bus
  };

  bool idle() const { return options_.skip_idle && quiet_ >= kSettleCycles; }

  void skip(uint64_t cycles) {
    cycles_ += cycles;
    now_ps_ += cycles * period_ps_;
  }

  // One clock, and what it means for idleness.
  void clock() {
    if (sending_ | driven_) drive();
    top_->now_i = now();
    // Inputs stand before the clock rises: the clock gates look at them while it is low.
    top_->clk_i = 0;
    top_->eval();
    dumpInputs();
    top_->clk_i = 1;
    top_->eval();
    dump(now_ps_);
    collect();
    now_ps_ += period_ps_;
    ++cycles_;
    ++evaluated_;
    // Also while the register bus is at work: a pass of the scrub engine goes on meanwhile.
    quiet_ = outstanding_ != 0 || top_->busy_o ? 0 : quiet_ + 1;
  }

  // Puts the next beat of every sending port on its bus.
  void drive() {
    uint32_t valid = 0, last = 0;
    for (uint32_t p = 0; p < regs::kPortCount; ++p) {
      if (!(sending_ >> p & 1)) continue;
      Port& port = ports_[p];
      Frame& frame = port.waiting.front();
      if (port.sent == 0) {
        frame.stamp = now();
        frame.first_cycle = cycles_;
        setBit(top_->s_axis_tuser_i, p, frame.bad);
        const uint32_t shift = 3 * p;
        top_->s_axis_tdest_i = (top_->s_axis_tdest_i & ~(7u << shift)) | uint32_t{frame.cpu_dest}
                                                                             << shift;
      }
      std::memcpy(portWords(top_->s_axis_tdata_i) + p * kBeatWords, frame.bytes.data() + port.sent,
                  kBeatBytes);
      const uint32_t left = frame.length - port.sent;
      setKeep(p, left < kBeatBytes ? left : kBeatBytes);
      valid |= 1u << p;
      if (left <= kBeatBytes) {
        last |= 1u << p;
        port.sent = 0;
        port.accepted.push_back(std::move(frame));
        port.waiting.pop_front();
        if (port.waiting.empty()) sending_ &= ~(1u << p);
      } else {
        port.sent += kBeatBytes;
      }
    }
    top_->s_axis_tvalid_i = valid;
    top_->s_axis_tlast_i = last;
    driven_ = valid;
  }

  static void setBit(auto& vector, uint32_t bit, bool value) {
    vector = (vector & ~(1u << bit)) | (uint32_t{value} << bit);
  }

  void setKeep(uint32_t port, uint32_t bytes) {
    const uint64_t keep = bytes >= 64 ? ~uint64_t{0} : (uint64_t{1} << bytes) - 1;
    auto* to =
        reinterpret_cast<uint8_t*>(portWords(top_->s_axis_tkeep_i)) + port * (kBeatBytes / 8);
    std::memcpy(to, &keep, kBeatBytes / 8);
  }

  // Takes what the pipeline put out in this cycle.
  void collect() {
    if (top_->m_axis_tvalid_o) {
      if (out_length_ + kBeatBytes > out_.size()) out_.resize(out_length_ + kBeatBytes + 4096);
      std::memcpy(out_.data() + out_length_, portWords(top_->m_axis_tdata_o), kBeatBytes);
      out_length_ += kBeatBytes;
    }
    if (top_->result_valid_o) finish();
    if (top_->ingress_drop_valid_o) finishIngressDrops();
    if (top_->m_axis_event_tvalid_o && sink_ != nullptr) {
      regs::Event event;
      regs::unpack({portWords(top_->m_axis_event_tdata_o), regs::Event::kWords}, event);
      sink_->onEvent(event);
    }
  }

  void finish() {
    FrameOut out;
    regs::unpack({portWords(top_->result_o), regs::Result::kWords}, out.result);
    Port& port = ports_[out.result.in_port];
    if (port.accepted.empty() || port.accepted.front().stamp != out.result.stamp)
      lostTrack(out.result);
    if (out.result.verdict != regs::Verdict::kDrop) out.bytes = {out_.data(), out.result.out_len};
    out_length_ = 0;
    deliver(port, port.accepted.begin(), out);
  }

  void finishIngressDrops() {
    for (uint32_t p = 0; p < regs::kPortCount; ++p) {
      if (!(top_->ingress_drop_valid_o >> p & 1)) continue;
      FrameOut out;
      out.result.verdict = regs::Verdict::kDrop;
      out.result.reason =
          static_cast<regs::DropReason>((top_->ingress_drop_reason_o >> (8 * p)) & 255);
      out.result.in_port = static_cast<uint8_t>(p);
      out.result.out_port = regs::kPortNone;
      std::memcpy(&out.result.stamp, portWords(top_->ingress_drop_stamp_o) + 2 * p, 8);
      out.result.now = now();
      // The youngest frames come last: a drop is reported right after its last beat.
      Port& port = ports_[p];
      auto frame = port.accepted.end();
      do {
        if (frame == port.accepted.begin()) lostTrack(out.result);
        --frame;
      } while (frame->stamp != out.result.stamp);
      out.result.in_len = static_cast<uint16_t>(frame->length);
      deliver(port, frame, out);
    }
  }

  void deliver(Port& port, typename std::deque<Frame>::iterator frame, FrameOut& out) {
    out.id = frame->id;
    out.departure_ns = now();
    out.latency_cycles = static_cast<uint32_t>(cycles_ - frame->first_cycle + 1);
    spare_.push_back(std::move(*frame));
    port.accepted.erase(frame);
    --outstanding_;
    if (sink_ != nullptr) sink_->onFrame(out);
  }

  Frame takeSpare() {
    if (spare_.empty()) return {};
    Frame frame = std::move(spare_.back());
    spare_.pop_back();
    return frame;
  }

  [[noreturn]] void lostTrack(const regs::Result& result) {
    std::fprintf(stderr, "RtlDataPlane: a result for port %u, stamp %llu ns, belongs to no frame\n",
                 result.in_port, static_cast<unsigned long long>(result.stamp));
    std::abort();
  }

  uint32_t busHung(uint32_t address) {
    std::fprintf(stderr, "RtlDataPlane: no answer from the register bus at 0x%08x\n", address);
    std::abort();
  }

  void reset() {
    top_->m_axis_event_tready_i = 1;
    top_->rst_i = 1;
    for (int i = 0; i < 8; ++i) clock();
    top_->rst_i = 0;
    for (int i = 0; i < 8; ++i) clock();
    evaluated_ = 0;
    cycles_ = 0;
    now_ps_ = 0;
  }

  void openWaves() {
#if VM_TRACE
    if (options_.wave_path.empty()) return;
    context_.traceEverOn(true);
    wave_ = std::make_unique<VerilatedFstC>();
    top_->trace(wave_.get(), 99);
    wave_->open(options_.wave_path.c_str());
#endif
  }

  // Waveforms: inputs change with the falling edge, all else with the rising one.
  void dumpInputs() {
#if VM_TRACE
    if (!dumping()) return;
    top_->eval();
    if (now_ps_ >= wave_origin_ps_ + period_ps_) dump(now_ps_ - period_ps_ / 2);
#endif
  }

  void dump([[maybe_unused]] uint64_t time_ps) {
#if VM_TRACE
    if (dumping()) wave_->dump(time_ps - wave_origin_ps_);
#endif
  }

#if VM_TRACE
  bool dumping() const {
    if (!wave_ || now_ps_ < wave_origin_ps_) return false;
    const uint64_t ns = (now_ps_ - wave_origin_ps_) / 1000;
    return ns >= options_.wave_from_ns && ns <= options_.wave_to_ns;
  }
#endif

  RtlOptions options_;
  uint64_t period_ps_;
  VerilatedContext context_;
  std::unique_ptr<Top> top_;
#if VM_TRACE
  std::unique_ptr<VerilatedFstC> wave_;
  uint64_t wave_origin_ps_ = UINT64_MAX;  // startWaves()
#endif
  DataPlaneSink* sink_ = nullptr;
  std::array<Port, regs::kPortCount> ports_;
  uint32_t sending_ = 0;  // bit per port: has a frame waiting or half sent
  uint32_t driven_ = 0;   // bit per port: tvalid as last driven
  uint64_t outstanding_ = 0;
  uint32_t quiet_ = 0;
  uint64_t now_ps_ = 0;
  uint64_t cycles_ = 0;
  uint64_t evaluated_ = 0;
  uint64_t bus_errors_ = 0;
  std::vector<uint8_t> out_;
  size_t out_length_ = 0;
  std::vector<Frame> spare_;
};

}  // namespace sluice
