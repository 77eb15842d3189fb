//! Methods with bodies: the other end has them, or it is older and lacks them.

mod anywhere;
mod asynchronous;
mod blocking;
