//! A program without the prelude.
#![no_implicit_prelude]
#![deny(warnings)]
#![forbid(unsafe_code)]

#[::outboard::plugin_interface(version = 1)]
pub trait Adder {
    async fn add(&self, numbers: &[::core::primitive::u8]) -> ::outboard::Result<::core::primitive::u8>;
    async fn one(&self) -> ::outboard::Result<::core::primitive::u8> {
        let sum = self.add(&[0]).await?;
        ::outboard::Result::Ok(sum + 1)
    }
}

#[::outboard::plugin_interface(version = 1)]
pub trait Sum {
    fn add(&self, numbers: &[::core::primitive::u8]) -> ::outboard::Result<::core::primitive::u8>;
    fn one(&self) -> ::outboard::Result<::core::primitive::u8> {
        let sum = self.add(&[0])?;
        ::outboard::Result::Ok(sum + 1)
    }
}

struct Adds;

impl Sum for Adds {
    fn add(&self, numbers: &[::core::primitive::u8]) -> ::outboard::Result<::core::primitive::u8> {
        ::outboard::Result::Ok(::core::iter::Iterator::sum(numbers.iter()))
    }
}

impl Adder for Adds {
    async fn add(&self, numbers: &[::core::primitive::u8]) -> ::outboard::Result<::core::primitive::u8> {
        ::outboard::Result::Ok(::core::iter::Iterator::sum(numbers.iter()))
    }
}

fn main() {
    let sum = ::outboard_ui_tests::finish(Adder::add(
        &::outboard::testing::connect_blocking(AdderServer::new(Adds)).unwrap(),
        &[1, 2],
    ))
    .unwrap();
    ::std::assert_eq!(sum, 3);
    ::std::assert_eq!(::outboard_ui_tests::finish(Adder::one(&Adds)).unwrap(), 1);
    ::std::assert_eq!(Sum::one(&::outboard::testing::connect_blocking(SumServer::new(Adds)).unwrap()).unwrap(), 1);
    ::std::assert_eq!(
        Sum::add(&::outboard::testing::connect_blocking(SumServer::new(Adds)).unwrap(), &[1, 2]).unwrap(),
        3
    );
}
