// SPDX-License-Identifier: Apache-2.0
//
// What the stages of egress share.
package egress_pkg;

  // How a packet is put together, worked out by egress_plan; beats are those of the data path.
  typedef struct packed {
    logic aligned;  // bytes of the frame keep their lane
    logic [7:0] delta;  // bytes by which the frame moves to the front; negative: to the back
    logic [7:0] ahead;  // the same in beats, rounded up: the newest beat of the frame that a beat needs is so far ahead
    logic [11:0] last;  // number of the last beat that goes out
    logic [11:0] body;  // beats in the body FIFO
  } plan_t;

  localparam int unsigned PLAN_W = 41;

endpackage
