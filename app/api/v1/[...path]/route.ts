export {
  v1 as DELETE,
  v1 as GET,
  v1 as HEAD,
  v1 as OPTIONS,
  v1 as PATCH,
  v1 as POST,
  v1 as PUT,
} from "@/server/http/programs";
