//! Elements, entries and fields on their way into postcard.

use serde::ser::{self, Serialize};

use super::encode::{Encoder, Postcard};
use super::fault::{Fault, Step};

/// A value that has parts, while they are written.
pub(super) struct Parts<'s, 'o> {
    out: &'s mut Postcard<'o>,
    /// Of the struct or enum.
    name: &'static str,
    variant: Option<&'static str>,
    announced: Option<usize>,
    at: usize,
}

impl<'s, 'o> Parts<'s, 'o> {
    #[inline]
    pub(super) fn of(out: &'s mut Postcard<'o>, name: &'static str, variant: Option<&'static str>) -> Self {
        Self { out, name, variant, announced: None, at: 0 }
    }

    /// A sequence or map whose number of elements is already written.
    #[inline]
    pub(super) fn counted(out: &'s mut Postcard<'o>, announced: Option<usize>) -> Self {
        Self { out, name: "", variant: None, announced, at: 0 }
    }

    #[inline]
    pub(super) fn is_bulk(&self) -> bool {
        self.out.output.is_bulk()
    }

    #[inline]
    pub(super) fn bytes(&mut self, items: impl Iterator<Item: Serialize>) -> Result<(), Fault> {
        self.at += self.out.output.bytes(items)?;
        Ok(())
    }

    #[inline]
    fn write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(Encoder(self.out))
    }

    #[inline]
    fn next<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.write(value).map_err(|fault| self.in_variant(fault.at(Step::Index(self.at))))?;
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, field: &'static str, value: &T) -> Result<(), Fault> {
        self.write(value).map_err(|fault| self.in_variant(fault.at(Step::Field(field))))
    }

    #[cold]
    fn in_variant(&self, fault: Fault) -> Fault {
        match self.variant {
            Some(variant) => fault.at(Step::Variant(variant)),
            None => fault,
        }
    }

    /// postcard's fields have no names, so all that follow would be read in the place of another.
    #[cold]
    fn left_out(&self, field: &'static str) -> Fault {
        let fault = Fault::new(format_args!(
            "`{}` leaves it out (`skip_serializing_if`), and postcard cannot carry a struct with a field left out",
            self.name
        ));
        self.in_variant(fault.at(Step::Field(field)))
    }

    #[inline]
    fn end_counted(self) -> Result<(), Fault> {
        match self.announced {
            Some(announced) if announced != self.at => Err(miscounted(announced, self.at)),
            _ => Ok(()),
        }
    }
}

#[cold]
fn miscounted(announced: usize, written: usize) -> Fault {
    Fault::new(format_args!("its `Serialize` announced {announced} elements and wrote {written}"))
}

impl ser::SerializeSeq for Parts<'_, '_> {
    type Ok = ();
    type Error = Fault;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.next(value)
    }

    #[inline]
    fn end(self) -> Result<(), Fault> {
        self.end_counted()
    }
}

impl ser::SerializeMap for Parts<'_, '_> {
    type Ok = ();
    type Error = Fault;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.write(key).map_err(|fault| fault.at(Step::Index(self.at)))
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.next(value)
    }

    #[inline]
    fn end(self) -> Result<(), Fault> {
        self.end_counted()
    }
}

impl ser::SerializeTuple for Parts<'_, '_> {
    type Ok = ();
    type Error = Fault;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.next(value)
    }

    #[inline]
    fn end(self) -> Result<(), Fault> {
        Ok(())
    }
}

macro_rules! tuples {
    ($($kind:ident)*) => {$(
        impl ser::$kind for Parts<'_, '_> {
            type Ok = ();
            type Error = Fault;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.next(value)
            }

            #[inline]
            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        }
    )*};
}

macro_rules! structs {
    ($($kind:ident)*) => {$(
        impl ser::$kind for Parts<'_, '_> {
            type Ok = ();
            type Error = Fault;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
                self.field(key, value)
            }

            fn skip_field(&mut self, key: &'static str) -> Result<(), Fault> {
                Err(self.left_out(key))
            }

            #[inline]
            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        }
    )*};
}

tuples! { SerializeTupleStruct SerializeTupleVariant }
structs! { SerializeStruct SerializeStructVariant }
